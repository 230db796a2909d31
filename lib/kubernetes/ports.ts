/** Every port a container listens on: the same numbers in Compose, in the files of `docker/` and in the network table. */
export const PORTS = {
  /** nginx, plain HTTP: above 1024, as nobody here is root. */
  http: 8080,
  /** nginx, liveness only. */
  livez: 8081,
  /** PHP-FPM's pool: whoever reaches it runs code, so only nginx may. */
  fastcgi: 9000,
  /** PHP-FPM's own listener: answers while every child is busy. */
  fpmStatus: 9001,
  mysql: 3306,
  /** Servers of the operator MOCO: where it administers them, and where one copies another. */
  mysqlAdmin: 33062,
  /** The same: where it tells the agent beside a server what to do. */
  mocoAgent: 9080,
  redis: 6379,
  sentinel: 26379,
  /** Where the proxy of Redis says that it runs. */
  proxyHealth: 8404,
  /** Metrics, asked by Prometheus only: of nginx by itself, of the others by a container beside them. */
  nginxMetrics: 9113,
  phpMetrics: 9253,
  mysqlMetrics: 9104,
  redisMetrics: 9121,
  /** A collector of traces in another namespace, OTLP over HTTP. */
  otlp: 4318,
} as const;
