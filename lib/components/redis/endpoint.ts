/** How to reach a Redis, whoever runs it. */
export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  /** @default - the server asks for a password and no name */
  readonly user?: string;
  /** @default - the connection is not encrypted */
  readonly tls?: {
    /** File in the application's containers with the certificates it trusts. @default - those that its image trusts */
    readonly certificateAuthorities?: string;
  };
}
