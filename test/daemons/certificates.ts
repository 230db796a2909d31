import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './daemon';

const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** What cert-manager does in a cluster: signs certificates and puts them, with its own, where pods find them. */
export class Authority {
  private readonly folder = temporaryFolder();
  readonly certificate = join(this.folder, 'ca.crt');
  private issued = 0;

  constructor() {
    openssl('req', '-x509', ...EC_KEY, '-subj', '/CN=FinTrack', '-keyout', join(this.folder, 'ca.key'), '-out', this.certificate);
  }

  /** Puts a certificate with a new key into a folder. @param days it is valid, counted from now @returns its serial number */
  issue(folder: string, names: readonly string[], days = 90): string {
    const work = join(this.folder, String((this.issued += 1)));
    mkdirSync(work);
    const [key, request, certificate, extensions] = ['tls.key', 'request', 'tls.crt', 'extensions'].map((file) => join(work, file)) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(extensions, `subjectAltName=${names.map((name) => `DNS:${name}`).join()},IP:127.0.0.1\nextendedKeyUsage=serverAuth\n`);
    openssl('req', ...EC_KEY, '-subj', '/', '-keyout', key, '-out', request);
    const signer = ['-CA', this.certificate, '-CAkey', join(this.folder, 'ca.key'), '-CAcreateserial'];
    openssl('x509', '-req', '-in', request, ...signer, '-extfile', extensions, '-days', String(days), '-out', certificate);
    for (const [file, source] of Object.entries({ 'tls.key': key, 'tls.crt': certificate, 'ca.crt': this.certificate })) {
      writeFileSync(join(folder, file), readFileSync(source));
    }
    return serialIn(certificate);
  }
}

const serialIn = (file: string): string => openssl('x509', '-in', file, '-noout', '-serial').trim().replace('serial=', '');
