import { parsePhpIni } from '../../lib/docker/sections';
import { servicesOf } from './compose';
import type { Compose, Service, World } from './compose';

/** Findings, one a line; none when the rule holds. */
export type Rule = (world: World) => string[];

/** A finding, when something is broken. */
export const when = (broken: boolean, finding: string): string[] => (broken ? [finding] : []);

/** A finding, when something is not what is wanted. */
export const same = (what: string, actual: unknown, wanted: unknown): string[] =>
  when(JSON.stringify(actual) !== JSON.stringify(wanted), `${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`);

/** The findings of every service. */
export const each = (compose: Compose, check: (service: Service, name: string) => string[]): string[] =>
  servicesOf(compose).flatMap(([name, service]) => check(service, name));

/** A setting of php.ini. */
export const iniValue = (ini: string | undefined, name: string): string | undefined =>
  parsePhpIni(ini ?? '').settings.findLast(({ key }) => key === name)?.value;

/** Where the application's code is in every container that has it. */
export const CODE = '/var/www/html';
