export { bufferPoolOf, Mysql, type MysqlEndpoint, type MysqlProps, type MysqlSettings } from './mysql';
