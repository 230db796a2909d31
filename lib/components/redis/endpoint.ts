/** How to reach a Redis. */
export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
}
