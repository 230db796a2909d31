export { APPLICATION, type MysqlEndpoint } from './endpoint';
export type { ExternalSettings } from './external';
export { mocoBackupLabels, mocoServerLabels, mocoServices, type MocoBackupSettings, type MocoSettings } from './moco';
export { credentialsOf, Mysql, OPERATOR_CONNECTIONS, type MysqlProps, type MysqlSettings } from './mysql';
export { SERVER_CREDENTIALS } from './servers';
export { bufferPoolOf, OfficialMysql, redoCapacityOf, serversOf, type OfficialProps, type OfficialSettings } from './official';
