import { fail } from './report';

/** A client of the demo application, with the cookies of one browser. */
export class Application {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  /** Sends a request; a body is sent as JSON. */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        accept: 'application/json',
        connection: 'close',
        ...(this.cookies.size > 0 && { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(70_000),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  }

  /** The JSON of an answer. @throws when the status is not the expected one */
  async json<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>, status = 200): Promise<T> {
    const response = await this.send(method, path, body, headers);
    const text = await response.text();
    if (response.status !== status) {
      throw new Error(`${method} ${path} answered ${response.status} instead of ${status}: ${text.slice(0, 200)}`);
    }
    return JSON.parse(text) as T;
  }
}

/** Path of the stylesheet that a page names. */
export function stylesheetIn(page: string): string {
  return /href="[^"]*?(\/build\/assets\/[^"]+)"/.exec(page)?.[1] ?? fail('the page names no stylesheet');
}
