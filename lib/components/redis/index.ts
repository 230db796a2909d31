export { RedisCache, type RedisCacheProps, type RedisCacheSettings } from './cache';
export type { RedisEndpoint } from './endpoint';
export type { ExternalRedisSettings } from './external';
export { countedKeysOf, credentialsOf, maxmemoryOf, Redis, type RedisProps, type RedisServerSettings, type RedisSettings } from './redis';
export { failoverAfterOf, MEMBERS, serversOf } from './set';
export { ENCRYPTED, type RedisTls } from './tls';
