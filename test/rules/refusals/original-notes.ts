import { composeFaults } from '../original-notes/compose';
import { mysqlFaults } from '../original-notes/mysql';
import { nginxFaults } from '../original-notes/nginx';
import { phpFaults } from '../original-notes/php';
import { redisFaults } from '../original-notes/redis';
import { append } from './files';
import { file } from './refusal';

export const FAULTS = [...redisFaults, ...nginxFaults, ...phpFaults, ...mysqlFaults, ...composeFaults];

export const originalNotes = FAULTS.map(({ number, fault, file: path, ours, theirs }) =>
  file(`${fault} (${number})`, path, ours === '' ? append(theirs) : (text) => text.replace(ours, () => theirs)),
);
