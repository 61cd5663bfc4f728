import { CommandError } from '../command.js';

interface Page<T> {
  readonly list: readonly T[];
  readonly nextPageToken: string;
}

interface Failure {
  readonly message?: string;
  readonly error?: string | { readonly message?: string };
}

/** The server as any client sees it: over HTTP, with a token. */
export class Api {
  private token = '';

  constructor(
    private readonly url: string,
    private readonly signal: AbortSignal,
  ) {}

  /** @returns whether the server took the password */
  async signIn(username: string, password: string): Promise<boolean> {
    const response = await this.send('POST', '/api/v1/auth/login', json({ username, password }));
    if (response.status === 401) return false;
    await refuseFailure('POST /api/v1/auth/login', response);
    ({ token: this.token } = (await response.json()) as { token: string });
    return true;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.done('GET', path)).json() as Promise<T>;
  }

  /** What the header of a listing tells of its size. */
  async count(path: string): Promise<number> {
    return Number((await this.done('GET', path)).headers.get('x-total-count'));
  }

  async post<T>(path: string, body: object): Promise<T> {
    return (await this.done('POST', path, json(body))).json() as Promise<T>;
  }

  async patch(path: string, body: object): Promise<void> {
    await this.done('PATCH', path, json(body));
  }

  async upload<T>(path: string, name: string, text: string): Promise<T> {
    const form = new FormData();
    form.set('file', new Blob([text], { type: 'text/csv' }), name);
    return (await this.done('POST', path, { body: form })).json() as Promise<T>;
  }

  /** All pages of a list. */
  async list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let token: string | undefined = ''; token !== undefined;) {
      const page: Page<T> = await this.get(`${path}?page_size=100&page_token=${encodeURIComponent(token)}`);
      items.push(...page.list);
      token = page.nextPageToken || undefined;
    }
    return items;
  }

  private async done(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.send(method, path, init);
    await refuseFailure(`${method} ${path.split('?')[0]}`, response);
    return response;
  }

  private async send(method: string, path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== '') headers.set('authorization', `Bearer ${this.token}`);
    // What has begun may end: a request cut off in the middle would be work for nobody while the server stops.
    this.signal.throwIfAborted();
    try {
      return await fetch(this.url + path, { ...init, method, headers });
    } catch {
      throw new CommandError(`The server stopped answering at ${method} ${path.split('?')[0]}.`);
    }
  }
}

function json(body: object): RequestInit {
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

async function refuseFailure(call: string, response: Response): Promise<void> {
  if (response.ok) return;
  const text = await response.text();
  throw new CommandError(`${call} answered ${response.status}: ${messageIn(text)}`);
}

function messageIn(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as Failure;
    return message ?? (typeof error === 'string' ? error : error?.message) ?? text;
  } catch {
    return text;
  }
}
