export { goalsOf, type Goals } from './goals';
export { limitRules, type Limits } from './limits';
export { FILES_NAMESPACE, Monitoring, RULE_FILES, type MonitoringProps, type MonitoringSettings } from './monitoring';
