export { CERTIFICATE_KEYS, Certificates, type CertificatesSettings, type ServerCertificate } from './certificates';
export { AUTHORITIES_FOLDER, type ClientTls, type Tls } from './tls';
