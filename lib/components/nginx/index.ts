export { largeBodiesIn, Nginx, trustedProxiesFile, type NginxProps, type NginxSettings } from './nginx';
