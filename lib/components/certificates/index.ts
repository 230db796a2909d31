export {
  CERTIFICATE_KEYS,
  certificateSecretOf,
  Certificates,
  type CertificatesSettings,
  type ServerCertificate,
  type ServerComponent,
} from './certificates';
export { AUTHORITIES_FOLDER, type ClientTls, type Tls } from './tls';
