export { Nginx, trustedProxiesFile, type NginxProps, type NginxSettings } from './nginx';
