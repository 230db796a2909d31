export { disruptionFindings, NODES } from './disruption';
export { drainFindings, drainOf, type Drain } from './drain';
export { environmentFindings } from './environment';
export { fileFindings } from './files';
export { mysqlMemoryOf, type MysqlMemory } from './mysql';
export { MADE_BY_OPERATORS, podsOf, selects, titleOf } from './objects';
export { previousFindings } from './previous';
export { referenceFindings } from './references';
