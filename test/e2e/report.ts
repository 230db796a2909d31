/** Runs checks one after another, says how each went, and counts. */
export class Report {
  private passed = 0;
  private failed = 0;

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
      console.log(`✓ ${sentence}${detail === undefined ? '' : ` (${detail})`} — ${((Date.now() - began) / 1000).toFixed(1)} s`);
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(`✗ ${sentence}: ${(error as Error).message}`);
      return false;
    }
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
