import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';

/** The checkout that the tests run in. */
export const REPOSITORY = join(__dirname, '../..');

const made: string[] = [];

/** An empty folder outside the repository; `removeFolders` takes it away. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fintrack-test-'));
  made.push(folder);
  return folder;
}

/** For `afterAll`: every folder that this suite made. */
export function removeFolders(): void {
  made.splice(0).forEach((folder) => {
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Every file below a folder, by path with forward slashes. Latin-1, so that equal text means equal bytes. */
export function readTree(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [
        path
          .slice(folder.length + 1)
          .split(sep)
          .join('/'),
        readFileSync(path, 'latin1'),
      ]),
  );
}

/** Puts text or bytes into a file below a folder. */
export function writeInto(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** What `npm run synth` needs, as a copy that a test may break; packages are shared. */
export function copyRepository(): string {
  const copy = makeFolder();
  for (const entry of ['lib', 'imports', 'docker', 'dist', 'main.ts', 'tsconfig.json', 'package.json']) {
    cpSync(join(REPOSITORY, entry), join(copy, entry), { recursive: true });
  }
  symlinkSync(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'), 'dir');
  return copy;
}

/** How one tree differs from another, one line for each file; none when they are the same. */
export function differences(actual: Readonly<Record<string, string>>, expected: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(actual), ...Object.keys(expected)])].sort().flatMap((path) => {
    const [a, b] = [actual[path], expected[path]];
    if (a === b) return [];
    if (b === undefined) return [`${path} should not be there`];
    if (a === undefined) return [`${path} is missing`];
    const lines = b.split('\n');
    const line = a.split('\n').findIndex((text, index) => text !== lines[index]);
    return [`${path} differs from line ${line < 0 ? a.split('\n').length : line + 1} on`];
  });
}
