export { Nginx, type NginxProps, type NginxSettings } from './nginx';
