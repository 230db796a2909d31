/** A third-party image. */
export interface Image {
  /** `name:tag@sha256:…`; the digest is that of the multi-platform index. */
  readonly reference: string;
  /** GitHub repository of those who build it: where its faults are known, and reported. */
  readonly owner: string;
  /** Last day with security fixes, ISO date. @default - not announced */
  readonly endOfSupport?: string;
}

/** Every third-party image, in one place, so that an update is one line. The application's own two are an environment's `release`. */
export const IMAGES = {
  // 8.0 is what the project asked for; its support is over, so 8.4 is one word away in an environment.
  'mysql-8.0': {
    reference: 'docker.io/library/mysql:8.0.46@sha256:7dcddc01f13bab2f15cde676d44d01f61fc9f99fe7785e86196dfc07d358ae2b',
    owner: 'docker-library/mysql',
    endOfSupport: '2026-04-30',
  },
  'mysql-8.4': {
    reference: 'docker.io/library/mysql:8.4.11@sha256:85b9bf2e29cf836ecb8c2a15a935d4ba0c606631dff1dd79531a11983c638f2a',
    owner: 'docker-library/mysql',
    endOfSupport: '2032-04-30',
  },
  // The same servers as the operator MOCO wants them: with its own first container's program in them.
  'moco-8.0': { reference: 'ghcr.io/cybozu-go/moco/mysql:8.0.45.2', owner: 'cybozu-go/moco', endOfSupport: '2026-04-30' },
  'moco-8.4': { reference: 'ghcr.io/cybozu-go/moco/mysql:8.4.8.1', owner: 'cybozu-go/moco', endOfSupport: '2032-04-30' },
  haproxy: {
    reference: 'docker.io/library/haproxy:3.2.25-alpine@sha256:5d97434a423c2533cfeb42874d45cf6d69a840b60334582dfbfd5008e94c80be',
    owner: 'docker-library/haproxy',
    endOfSupport: '2030-04-01',
  },
  // The last line under a BSD licence, from which Valkey can still take over the data.
  redis: {
    reference: 'docker.io/library/redis:7.2.16-alpine@sha256:ccd6aa8d45ff3f033d6fa15b8cc1a50579f65c89f38cf9bb607a954c4f2128ed',
    owner: 'redis/docker-library-redis',
    endOfSupport: '2029-12-01',
  },
  'mysqld-exporter': {
    reference: 'docker.io/prom/mysqld-exporter:v0.20.0@sha256:abed8dac117b4ae5b70757f988e44795935b9a72c3b58d720c67ba688f8cb79e',
    owner: 'prometheus/mysqld_exporter',
  },
  'redis-exporter': {
    reference: 'docker.io/oliver006/redis_exporter:v1.92.1@sha256:7fbc93d30f0f91eed1b2fe6968a956259cc5d260a984dd9071f1d1e9c2692ecd',
    owner: 'oliver006/redis_exporter',
  },
} as const satisfies Record<string, Image>;

/** The version that an image's tag begins with, for instance 3.2.25 of `haproxy:3.2.25-alpine@…`. */
export function versionOf(image: keyof typeof IMAGES): string {
  return IMAGES[image].reference.replace(/^.*:([\w.]+).*@.*$/, '$1');
}
