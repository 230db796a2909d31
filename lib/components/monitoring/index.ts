export { BUCKETS, goalsOf, type Goals } from './goals';
export { limitRules, spelled, type Limits } from './limits';
export {
  DASHBOARD_FILES,
  FILES_NAMESPACE,
  Monitoring,
  MONITORING,
  prometheusUrlOf,
  RULE_FILES,
  type MonitoringProps,
  type MonitoringSettings,
} from './monitoring';
