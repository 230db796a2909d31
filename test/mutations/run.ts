import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOCKER_FILES, DOCKER_FOLDER, DockerFiles } from '../../lib/docker/docker-files';
import { settingsIn } from '../../lib/docker/settings';
import { environments, type Environment } from '../../lib/environments';
import { createFinTrack, manifestsByTier } from '../../lib/fintrack';
import { fileFindings, manifestFindings, titleOf } from '../../lib/rules';
import { answersOf, REFUSALS } from '../rules/refusals';
import { removeFolders } from '../support/folders';
import { idleRules, rulesIn } from './rules';

/** What was tried, and which of it no rule noticed. */
interface Score {
  readonly tried: number;
  readonly unnoticed: readonly string[];
}

/** Switches off every rule, one at a time: noticed is that something is then accepted which nothing else refuses. */
function rules(): Score {
  const all = rulesIn();
  const unnoticed = idleRules(all, answersOf(REFUSALS)).map(({ title }) => title);
  removeFolders();
  return { tried: all.length, unnoticed };
}

/** Takes away every object of an environment, one at a time. */
function objectsOf(environment: Environment, files: DockerFiles): Score {
  const tiers = manifestsByTier(createFinTrack(environment, files));
  const all = Object.entries(tiers).flatMap(([tier, manifests]) => manifests.map((manifest) => ({ tier, manifest })));
  const unnoticed = all.filter(({ tier, manifest }) => {
    const left = (tiers[tier] ?? []).filter((each) => each !== manifest);
    return manifestFindings({ ...tiers, [tier]: left }, files).length === 0;
  });
  return { tried: all.length, unnoticed: unnoticed.map(({ manifest }) => titleOf(manifest)) };
}

/** Changes every line of docker/ that sets something, where that changes anything, one at a time. */
function settings(change: (line: string) => string): Score {
  const real = new DockerFiles();
  const folder = mkdtempSync(join(tmpdir(), 'fintrack-mutations-'));
  cpSync(DOCKER_FOLDER, folder, { recursive: true });
  const lines = DOCKER_FILES.flatMap((file) =>
    [...new Set(settingsIn(real, file).map(({ line }) => line))]
      .map((line) => ({ file, line, ours: real.content(file).split('\n')[line - 1] ?? '' }))
      .filter(({ ours }) => change(ours) !== ours),
  );
  const unnoticed = lines.filter(({ file, line }) => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text
        .split('\n')
        .map((content, index) => (index + 1 === line ? change(content) : content))
        .join('\n'),
    );
    const files = new DockerFiles(folder);
    const noticed = files.findings.length > 0 || fileFindings(files).length > 0;
    writeFileSync(path, text);
    return !noticed;
  });
  rmSync(folder, { recursive: true });
  return {
    tried: lines.length,
    unnoticed: unnoticed.map(({ file, line, ours }) => `docker/${file}:${line}: ${ours.trim()}`),
  };
}

/**
 * `npm run mutations`: what the rules of synth notice. Of what they do not, `npm run check` and `npm run test:daemons` may: these hold
 * files against real daemons, and manifests against snapshots.
 */
function main(): void {
  const files = new DockerFiles();
  const all: readonly Environment[] = Object.values(environments);
  const mutations: Readonly<Record<string, () => Score>> = {
    'a rule is switched off': rules,
    ...Object.fromEntries(all.map((environment) => [`${environment.name}: an object is taken away`, () => objectsOf(environment, files)])),
    'a setting of docker/ is taken away': () => settings(() => ''),
    'a number of docker/ is ten times as large': () =>
      settings((line) => line.replace(/\b[1-9]\d*(?=[a-zA-Z]*;?$)/, (number) => `${number}0`)),
  };
  for (const [name, run] of Object.entries(mutations)) {
    const { tried, unnoticed } = run();
    console.log(`${name}: ${tried - unnoticed.length} of ${tried} noticed`);
    unnoticed.forEach((what) => console.log(`  ${what}`));
  }
}

main();
