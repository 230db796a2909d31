export { bufferPoolOf, Mysql, serversOf, type MysqlEndpoint, type MysqlProps, type MysqlSettings } from './mysql';
