export { RedisCache, type RedisCacheProps, type RedisCacheSettings } from './cache';
export type { RedisEndpoint } from './endpoint';
export { maxmemoryOf, Redis, type RedisProps, type RedisSettings } from './redis';
export { failoverAfterOf } from './set';
