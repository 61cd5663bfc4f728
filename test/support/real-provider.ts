import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

interface RealClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** npm's oidc-provider on a free port of this machine. Whoever is sent there is `subject`, and has consented already. */
export class RealProvider {
  subject = 'ada';

  private constructor(
    private server: Server,
    readonly issuer: string,
    private readonly provider: Provider,
  ) {}

  static async start(client: RealClient): Promise<RealProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, settings(client));
    const made = new RealProvider(server, issuer, provider);
    server.on('request', (request, response) => void made.answer(request, response));
    return made;
  }

  /** What a browser does: from the address that the relying party names to the one that the provider leads back to. */
  async walk(from: string): Promise<URL> {
    const jar = new Map<string, string>();
    for (let at = from, steps = 0; steps < 10; steps++) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
        jar.set(name, value);
      }
      const next = new URL(response.headers.get('location') ?? fail(await response.text()), at);
      if (next.origin !== this.issuer) return next;
      at = next.href;
    }
    throw new Error('the provider leads in circles');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(...[request, response]: Parameters<ReturnType<Provider['callback']>>): Promise<void> {
    if (!request.url?.startsWith('/interaction/')) return this.provider.callback()(request, response);
    const result = { login: { accountId: this.subject } };
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
}

function settings({ id, secret, redirectUri }: RealClient): ConstructorParameters<typeof Provider>[1] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key: JsonWebKey = privateKey.export({ format: 'jwk' });
  return {
    clients: [{ client_id: id, client_secret: secret, redirect_uris: [redirectUri], response_types: ['code'] }],
    clientDefaults: { id_token_signed_response_alg: 'ES256', token_endpoint_auth_method: 'client_secret_post' },
    jwks: { keys: [{ ...key, kty: 'EC', alg: 'ES256', use: 'sig', kid: 'real' }] },
    cookies: { keys: ['real'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: id, accountId: oidc.session!.accountId! });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
  };
}

function fail(text: string): never {
  throw new Error(`the provider leads nowhere: ${text.slice(0, 300)}`);
}
