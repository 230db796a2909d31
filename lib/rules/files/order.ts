import type { DockerFile, DockerFiles } from '../../docker/docker-files';
import type { Setting } from '../../docker/setting';
import { mebibytesIn, secondsOf, settingIn } from '../../docker/settings';
import { unless } from '../outside';

/** Amounts in files that must stand in this order, smallest first; equal is allowed where `equal` says so. */
interface Order {
  readonly amounts: readonly (readonly [DockerFile, string])[];
  readonly unit: (value: string) => number | undefined;
  readonly equal: boolean;
  readonly why: string;
}

const ORDERS: readonly Order[] = [
  {
    amounts: [
      ['php/php.ini', 'max_execution_time'],
      ['php/www.conf', 'request_terminate_timeout'],
      ['nginx/default.prod.conf', 'fastcgi_read_timeout'],
    ],
    unit: secondsOf,
    equal: false,
    why: 'whoever waits must wait longer than whoever works',
  },
  {
    amounts: [
      ['php/www.conf', 'request_terminate_timeout'],
      ['php/www.conf', 'process_control_timeout'],
    ],
    unit: secondsOf,
    equal: true,
    why: 'a stopping pod must let the longest request end',
  },
  {
    amounts: [
      ['nginx/default.prod.conf', 'fastcgi_read_timeout'],
      ['nginx/nginx.conf', 'worker_shutdown_timeout'],
    ],
    unit: secondsOf,
    equal: true,
    why: 'a stopping nginx must wait as long as for any answer',
  },
  {
    amounts: [
      ['php/php.ini', 'upload_max_filesize'],
      ['php/php.ini', 'post_max_size'],
    ],
    unit: mebibytesIn,
    equal: false,
    why: 'the form around an uploaded file needs room',
  },
  {
    amounts: [
      ['php/php.ini', 'post_max_size'],
      ['nginx/nginx.conf', 'client_max_body_size'],
    ],
    unit: mebibytesIn,
    equal: true,
    why: 'nginx must not refuse what PHP takes',
  },
];

/** Amounts that are missing, that are none, or that do not stand in their order. */
export function orderFindings(files: DockerFiles): string[] {
  return [...new Set(ORDERS.flatMap((order) => findingsOf(files, order)))];
}

function findingsOf(files: DockerFiles, { amounts, unit, equal, why }: Order): string[] {
  return amounts.slice(1).flatMap(([file, key], index) => {
    const [lowerFile, lowerKey] = amounts[index] as readonly [DockerFile, string];
    const lower = settingIn(files, lowerFile, lowerKey);
    const upper = settingIn(files, file, key);
    if (!lower || !upper) {
      return [...unless(lower !== undefined, missing(lowerFile, lowerKey, unit)), ...unless(upper !== undefined, missing(file, key, unit))];
    }
    const [least, most] = [unit(lower.value), unit(upper.value)];
    // 0 is no amount either: to most of these settings it means "no limit".
    if (!least || !most) {
      return [...unless(Boolean(least), notAnAmount(lowerFile, lower, unit)), ...unless(Boolean(most), notAnAmount(file, upper, unit))];
    }
    return unless(
      equal ? least <= most : least < most,
      `docker/${file}:${upper.line}: ${key} ${upper.value} must be ${equal ? 'at least' : 'more than'} ` +
        `${lowerKey} ${lower.value} (docker/${lowerFile}:${lower.line}); ${why}`,
    );
  });
}

function missing(file: DockerFile, key: string, unit: Order['unit']): string {
  return `docker/${file}: ${key} is missing, and others are measured against it; write it like ${exampleOf(unit)}`;
}

function notAnAmount(file: DockerFile, { key, value, line }: Setting, unit: Order['unit']): string {
  return `docker/${file}:${line}: ${key} ${value} is no amount that others can be measured against; write it like ${exampleOf(unit)}`;
}

const exampleOf = (unit: Order['unit']) => (unit === secondsOf ? '60s' : '24M');
