import { readJson } from '../kubectl';
import { isTrue, row, type Check } from './check';

/** Where certificates are signed by an issuer that FinTrack does not make, it is there and ready. */
export const certificates: Check = async ({ environment: { certificates: settings, namespace } }) => {
  if (settings?.issuer === undefined) {
    return [];
  }
  const { kind, name } = settings.issuer;
  const scope = kind === 'ClusterIssuer' ? [] : ['--namespace', namespace];
  const found = await readJson([...scope, 'get', `${kind.toLowerCase()}s.cert-manager.io`, name]);
  return [
    row(
      `${kind} ${name}`,
      isTrue(found, 'Ready') ? 'ready' : found ? 'not ready' : 'there is none',
      !isTrue(found, 'Ready') &&
        (found
          ? `kubectl ${[...scope, 'describe', kind.toLowerCase(), name].join(' ')}`
          : 'make it, or leave certificates.issuer out: FinTrack then makes one'),
    ),
  ];
};
