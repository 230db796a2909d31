import { unless } from './outside';

/** A DNS label: the name of a namespace or of a Service. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The name of any other object: DNS labels joined by dots. */
export const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @param name of a namespace or of a Service; one that is left out is right */
export function labelFindings(setting: string, name: string | undefined): string[] {
  return unless(
    name === undefined || DNS_LABEL.test(name),
    `${setting} ${JSON.stringify(name)} must be lower-case letters, digits and hyphens, 63 at most`,
  );
}

/** @param name of any other object; one that is left out is right */
export function objectNameFindings(setting: string, name: string | undefined): string[] {
  return unless(
    name === undefined || OBJECT_NAME.test(name),
    `${setting} ${JSON.stringify(name)} must be lower-case letters, digits, hyphens and dots`,
  );
}
