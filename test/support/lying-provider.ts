import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

type Claims = Readonly<Record<string, unknown>>;

/** What the next answers of the token endpoint are made of. */
interface Lie {
  readonly claims?: Claims;
  readonly header?: { readonly alg: string; readonly kid?: string };
  /** Signed by somebody else. */
  readonly forged?: boolean;
  readonly unsigned?: boolean;
  /** Says nothing of itself. */
  readonly silent?: boolean;
  readonly challenge?: string;
  readonly status?: number;
  readonly body?: object | string;
}

/** An OpenID Connect provider that says whatever a test has it say. */
export class LyingProvider {
  lie: Lie = {};
  /** What its answer begins with, before a lie changes it. */
  nonce = '';

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    private readonly keys: Awaited<ReturnType<typeof generateKeyPair>>,
    private readonly others: Awaited<ReturnType<typeof generateKeyPair>>,
  ) {}

  static async start(): Promise<LyingProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const make = async () => generateKeyPair('ES256', { extractable: true });
    const provider = new LyingProvider(server, issuer, await make(), await make());
    server.on('request', (request, response) => void provider.answer(request.url ?? '', response));
    return provider;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(url: string, response: ServerResponse): Promise<void> {
    if (url.startsWith('/.well-known/')) return send(response, this.lie.silent ? 500 : 200, this.metadata());
    if (url === '/jwks') {
      const key = await exportJWK(this.keys.publicKey);
      return send(response, 200, { keys: [{ ...key, kid: 'k', alg: 'ES256', use: 'sig' }] });
    }
    const { status = 200, body, challenge } = this.lie;
    if (challenge !== undefined) response.setHeader('www-authenticate', challenge);
    return send(response, status, body ?? { access_token: 'a', token_type: 'bearer', id_token: await this.token() });
  }

  private metadata() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/auth`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  private async token(): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const { claims, header = { alg: 'ES256', kid: 'k' }, forged = false, unsigned = false } = this.lie;
    const told = {
      iss: this.issuer,
      sub: 'ada',
      aud: 'ostiary',
      exp: now + 60,
      iat: now,
      nonce: this.nonce,
      ...claims,
    };
    if (unsigned) return `${encoded({ alg: 'none' })}.${encoded(told)}.`;
    const signer = forged ? this.others : this.keys;
    return new SignJWT(told).setProtectedHeader(header).sign(signer.privateKey);
  }
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function send(response: ServerResponse, status: number, body: object | string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
