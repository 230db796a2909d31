export { collisionFindings, kindFindings } from './delivery';
export { disruptionFindings } from './disruption';
export { drainFindings } from './drain';
export { environmentFindings } from './environment';
export { fileFindings } from './files';
export { previousFindings } from './previous';
export { referenceFindings } from './references';
export { waveFindings } from './waves';
