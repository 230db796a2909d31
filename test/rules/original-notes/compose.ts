import { fault, type Fault } from './fault';

const UNPINNED = 'names another build from one day to the next; write tag and digest, name:tag@sha256:…';
const TO_THE_NETWORK = 'is open to the network; begin it with 127.0.0.1:';

export const composeFaults: readonly Fault[] = [
  ...(
    [
      ['127.0.0.1:${DB_PUBLISHED_PORT:-3306}:3306', '3306:3306'],
      ['127.0.0.1:${REDIS_PUBLISHED_PORT:-6379}:6379', '6379:6379'],
      ['127.0.0.1:${PHPMYADMIN_PORT:-8080}:80', '8080:80'],
    ] as const
  ).map(([ours, theirs]) =>
    fault(32, `port ${theirs}`, 'docker-compose.yml', ours, theirs, [`ports: ["${theirs}"]`, `ports ${theirs} ${TO_THE_NETWORK}`]),
  ),
  fault(34, 'a service with a container name', 'docker-compose.yml', '  worker:\n', '  worker:\n    container_name: fintrack_php\n', [
    'container_name',
    'container_name fintrack_php allows the service one container only; remove it',
  ]),
  fault(35, 'a version of the file format', 'docker-compose.yml', 'name: fintrack-dev', 'version: "3.8"\nname: fintrack-dev', [
    'version: "3.8"',
    'version 3.8 is obsolete, and Compose warns of it; remove it',
  ]),
  fault(
    41,
    'an image without a version',
    'docker-compose.yml',
    'docker.io/library/redis:7.2.16-alpine@sha256:ccd6aa8d45ff3f033d6fa15b8cc1a50579f65c89f38cf9bb607a954c4f2128ed',
    'redis:alpine',
    ['redis:alpine', `image redis:alpine ${UNPINNED}`],
  ),
  fault(
    41,
    'a base image without a version',
    'node/Dockerfile',
    'docker.io/library/node:24.21.0-alpine@sha256:ebfe2f90462722a7a4de65e91990e97fe0d401c70e0e762c5b53302f905ec1c1',
    'node:20-alpine',
    ['FROM node:20-alpine', `FROM node:20-alpine ${UNPINNED}`],
  ),
  fault(42, 'polling by default', 'docker-compose.yml', '"${VITE_POLLING:-false}"', '"true"', [
    'CHOKIDAR_USEPOLLING',
    'CHOKIDAR_USEPOLLING true reads every file all the time; write "${VITE_POLLING:-false}"',
  ]),
  fault(45, 'one network for all', 'docker-compose.prod.yml', 'networks: [backend]\n\nx-mysql', 'networks: [app-network]\n\nx-mysql', [
    'networks: [app-network]',
    'networks app-network lets everyone reach everyone; write frontend or backend',
  ]),
];
