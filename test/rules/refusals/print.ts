import { removeFolders } from '../../support/folders';
import { answersOf, REFUSALS, textOf } from '.';

process.stdout.write(textOf(answersOf(REFUSALS)));
removeFolders();
