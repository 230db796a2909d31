export { environmentFindings } from './environment';
export { fileFindings } from './files';
export { referenceFindings } from './references';
