import { Certificates, type CertificatesSettings } from '../../../lib/components/certificates';
import { find, titleOf } from '../../support/manifests';
import { idleSettings, render } from '../../support/render';

const every: Required<CertificatesSettings> = { issuer: { kind: 'ClusterIssuer', name: 'company' } };
const certificates = (settings: CertificatesSettings, components: readonly ('mysql' | 'redis')[] = ['mysql', 'redis']) =>
  render((chart) => {
    const made = new Certificates(chart, 'certificates', settings);
    components.forEach((component) => made.forServers(component, [component, `${component}-0`]));
  });

describe('certificates', () => {
  test('with the smallest settings', () => {
    expect(certificates({}).yaml).toMatchSnapshot();
  });

  test('with every setting', () => {
    expect(certificates(every).yaml).toMatchSnapshot();
  });

  test('take every setting into their manifests', () => {
    expect(idleSettings({}, every, certificates)).toEqual([]);
  });

  test('are nothing where no server asks for one', () => {
    expect(certificates({}, []).manifests).toEqual([]);
  });

  test('are signed by one authority of FinTrack’s own, or by the issuer that is there, and then FinTrack makes none', () => {
    const issuers = (settings: CertificatesSettings) =>
      certificates(settings)
        .manifests.filter(({ kind }) => kind === 'Issuer')
        .map(titleOf);
    expect(issuers({})).toEqual(['Issuer fintrack-ca-self-signed', 'Issuer fintrack-ca']);
    expect(issuers(every)).toEqual([]);
    for (const component of ['mysql', 'redis']) {
      const signer = (settings: CertificatesSettings) => find(certificates(settings).manifests, 'Certificate', component)['spec'].issuerRef;
      expect(signer({})).toEqual({ group: 'cert-manager.io', kind: 'Issuer', name: 'fintrack-ca' });
      expect(signer(every)).toEqual({ group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'company' });
    }
  });

  test('change their key when they are renewed; the authority keeps its own, or nothing that it signed would be trusted', () => {
    const { manifests } = certificates({});
    expect(find(manifests, 'Certificate', 'mysql')['spec'].privateKey.rotationPolicy).toBe('Always');
    expect(find(manifests, 'Certificate', 'fintrack-ca')['spec'].privateKey.rotationPolicy).toBe('Never');
  });

  test('are of the names of Services, alone and with the namespace, and of the pod itself', () => {
    const { dnsNames, ipAddresses } = find(certificates({}).manifests, 'Certificate', 'redis')['spec'];
    const names = ['redis', 'redis-0'].flatMap((name) => [name, `${name}.fintrack-test`, `${name}.fintrack-test.svc`]);
    expect(dnsNames).toEqual([...names, 'localhost']);
    expect(ipAddresses).toEqual(['127.0.0.1']);
  });
});
