export { RedisCache, type RedisCacheProps, type RedisCacheSettings } from './cache';
export { maxmemoryOf, Redis, type RedisEndpoint, type RedisProps, type RedisSettings } from './redis';
