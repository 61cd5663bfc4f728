import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { type OidcProvider, UnauthenticatedError, UnavailableError } from '@app/kernel';
import { boundedFetch, ProviderDownError } from './bounded-fetch.js';

/** What one sign-in must bring back, and what it is proved by. Known to the browser that began it and to nobody else. */
export interface AttemptSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** OpenID Connect Core 1.0 §2, `sub`. */
export const subjectPattern = /^[\x20-\x7e]{1,255}$/;

const requestSeconds = 5;
/** What a provider says of itself is asked again after so long; and so soon after it did not answer. */
const freshMs = 3_600_000;
const failedMs = 3_000;

/** One provider as its relying party: authorization code flow (OpenID Connect Core 1.0 §3.1) with PKCE (RFC 7636). */
export class ProviderClient {
  private known: { readonly configuration: Promise<Configuration>; until: number } | undefined;
  private lastKnown: Configuration | undefined;

  constructor(
    readonly provider: OidcProvider,
    private readonly redirectUri: string,
  ) {}

  /** Where the browser is sent to sign in. */
  async begin(): Promise<{ readonly url: URL; readonly secrets: AttemptSecrets }> {
    const secrets = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const challenge = await calculatePKCECodeChallenge(secrets.verifier);
    const url = buildAuthorizationUrl(await this.configuration(), {
      redirect_uri: this.redirectUri,
      scope: this.provider.scope,
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    return { url, secrets };
  }

  /**
   * Who signed in, by what the browser brought back.
   *
   * @param query the parameters of the provider's answer, as they came
   * @throws UnauthenticatedError if any part of it is not as it must be
   */
  async finish(query: string, { state, nonce, verifier }: AttemptSecrets): Promise<string> {
    const answer = new URL(this.redirectUri);
    answer.search = query;
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
    const configuration = await this.configuration();
    try {
      const subject = (await authorizationCodeGrant(configuration, answer, checks)).claims()?.sub;
      if (subject !== undefined && subjectPattern.test(subject)) return subject;
    } catch (error) {
      if (isOurs(error)) throw this.unavailable();
    }
    throw new UnauthenticatedError('The provider did not confirm this sign-in: begin it anew.');
  }

  private async configuration(): Promise<Configuration> {
    if (this.known === undefined || this.known.until < performance.now()) this.known = this.discover();
    try {
      return (this.lastKnown = await this.known.configuration);
    } catch {
      // What it said an hour ago holds until it says something else.
      if (this.lastKnown) return this.lastKnown;
      throw this.unavailable();
    }
  }

  private discover() {
    const configuration = this.ask();
    const known = { configuration, until: performance.now() + freshMs };
    configuration.catch(() => (known.until = performance.now() + failedMs));
    return known;
  }

  private async ask(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.provider;
    const insecure = issuer.startsWith('http:') ? [allowInsecureRequests] : [];
    // Its answer is believed for its signature, not for the connection that it came over.
    const options = { execute: [enableNonRepudiationChecks, ...insecure], timeout: requestSeconds };
    const secret = clientSecret === undefined ? None() : undefined;
    return discovery(new URL(issuer), clientId, clientSecret, secret, { ...options, [customFetch]: boundedFetch });
  }

  private unavailable(): UnavailableError {
    return new UnavailableError(`The provider ${this.provider.name} cannot be asked at the moment.`, 10);
  }
}

/** Not the doing of whoever signs in: the provider does not answer, or does not know this server as its client. */
function isOurs(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ProviderDownError) return true;
    if (cause instanceof ResponseBodyError && cause.error !== 'invalid_grant') return true;
    if (cause instanceof WWWAuthenticateChallengeError) return true;
  }
  return false;
}
