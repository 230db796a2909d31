import { runDrills } from '../drill';
import { TlsCluster } from './cluster';
import { MYSQL } from './mysql';
import { REDIS } from './redis';
import { WAYS } from './ways';

/** Encrypted connections inside the namespace. @param only names of drills; none means all @returns the exit code */
export const tlsDrills = (only: readonly string[]) =>
  runDrills<TlsCluster>(
    {
      name: 'tls',
      drills: { ...MYSQL, ...REDIS, ...WAYS },
      install: (report) => new TlsCluster(report),
      create: () => ({
        promise: 'FinTrack comes up from nothing with certificates that cert-manager makes meanwhile',
        run: async (tls) => `every pod ready after ${(await tls.create()).toFixed(0)} s`,
      }),
      subject: async (tls) => {
        const version = (await tls.sql(tls.primary, 'SELECT VERSION()')).trim();
        const redis = /redis_version:(\S+)/.exec(await tls.redis('redis-0', 'info', 'server'))?.[1] ?? 'unknown';
        return `MySQL ${version}, one primary and one replica, semi-synchronous with \`durability\`; Redis ${redis}, three servers and a cache; \`tls: 'verified'\` of all by an authority of FinTrack's own`;
      },
    },
    only,
  );
