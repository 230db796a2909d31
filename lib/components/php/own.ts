import { CREDENTIALS, type Credential } from '../secrets';

/** Addresses outside the cluster, and what is asked there. */
export interface Destination {
  /** Blocks of addresses. `0.0.0.0/0` is the internet, without private addresses and the cloud's own. */
  readonly cidrs: readonly string[];
  /** TCP ports. */
  readonly ports: readonly number[];
}

/** What the application brings of its own: mail, payments, files, feature switches. */
export interface OwnSettings {
  /** Plain settings by the name that Laravel knows, for instance `{ MAIL_HOST: 'smtp.example.com' }`; `LOG_LEVEL` and `APP_NAME` may be among them. @default - none */
  readonly settings?: Readonly<Record<string, string>>;
  /** Secrets by the name that Laravel knows, for instance `['MAIL_PASSWORD']`: that one is key `mail-password` of Secret `fintrack-app`. @default - none */
  readonly secrets?: readonly string[];
  /** Whom web pods, workers and the scheduler may ask outside the cluster. @default - nobody */
  readonly egress?: readonly Destination[];
}

/** A secret of the application's own, and the name that Laravel knows it by. */
export interface OwnSecret {
  readonly name: string;
  readonly credential: Credential;
}

/** Key of Secret `fintrack-app` for the name by which Laravel knows a secret of the application's own. */
export const ownKeyOf = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** The secrets of the application's own. */
export function ownSecretsOf({ secrets = [] }: OwnSettings): readonly OwnSecret[] {
  return secrets.map((name) => ({
    name,
    credential: {
      secret: CREDENTIALS.appKey.secret,
      key: ownKeyOf(name),
      kind: 'password',
      purpose: `${name} of the application, from whoever gave it out`,
    },
  }));
}
