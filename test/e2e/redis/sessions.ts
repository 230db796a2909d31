import type { Application } from '../application';
import { fail } from '../report';
import type { RedisCluster } from './cluster';

/** Browsers that are logged in, as far as a session can tell. */
export class Sessions {
  private constructor(private readonly browsers: ReadonlyMap<string, Application>) {}

  static async open(redis: RedisCluster, count: number): Promise<Sessions> {
    const browsers = new Map(Array.from({ length: count }, (_, index) => [`value-${index + 1}`, redis.browser()]));
    for (const [value, browser] of browsers) {
      await browser.json('PUT', '/api/session', { value });
    }
    return new Sessions(browsers);
  }

  /** Whether each still has its value. @throws when one has not */
  async intact(): Promise<string> {
    let lost = 0;
    for (const [value, browser] of this.browsers) {
      lost += (await browser.json<{ value: string | null }>('GET', '/api/session')).value === value ? 0 : 1;
    }
    return lost === 0 ? `${this.browsers.size} sessions intact` : fail(`${lost} of ${this.browsers.size} sessions are lost`);
  }
}
