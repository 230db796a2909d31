import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** Runs checks one after another, says how each went, and counts. */
export class Report {
  private passed = 0;
  private failed = 0;
  private readonly rows: string[] = [];

  /** A line for whoever waits. */
  note(text: string): void {
    console.log(`  ${text}`);
  }

  /** One check: a sentence that holds or does not. What the attempt returns is shown beside it. @returns whether it holds */
  async check(sentence: string, attempt: () => Promise<string | number | undefined>): Promise<boolean> {
    const began = Date.now();
    try {
      const detail = await attempt();
      this.passed += 1;
      this.rows.push(`| ${sentence} | ${detail ?? 'yes'} |`);
      console.log(`✓ ${sentence}${detail === undefined ? '' : ` (${detail})`} — ${((Date.now() - began) / 1000).toFixed(1)} s`);
      return true;
    } catch (error) {
      this.failed += 1;
      this.rows.push(`| ${sentence} | **failed**: ${(error as Error).message.replaceAll('\n', ' ')} |`);
      console.log(`✗ ${sentence}: ${(error as Error).message}`);
      return false;
    }
  }

  /** Writes what was measured to docs/measurements/. @param subject what was measured, in words */
  write(name: string, subject: string): void {
    const folder = join(__dirname, '..', '..', 'docs', 'measurements');
    const machine = `${cpus().length} processor cores and ${Math.round(totalmem() / 2 ** 30)} GiB for all nodes together`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${name}.md`),
      `# Measured: ${name}\n\nWritten by \`npm run e2e -- ${name}\` on ${new Date().toISOString().slice(0, 10)}: ${subject}; ${machine}.\n\n` +
        `| promise | measured |\n| --- | --- |\n${this.rows.join('\n')}\n`,
    );
  }

  /** The last line, and the exit code of the run. */
  finish(): number {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}

/** Stops a check. @throws always */
export function fail(message: string): never {
  throw new Error(message);
}
