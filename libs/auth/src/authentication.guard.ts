import { callbackify } from 'node:util';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { accessOf, type AuthenticatedRequest, type Principal } from '@app/access';
import { InvalidTokenError, UnauthenticatedError, UnavailableError } from '@app/kernel';
import {
  type AccessClaims,
  accessClaimsIn,
  accessTokenType,
  type TokenIssuer,
  tokenHeader,
  tokenIssuer,
  type VerifiedToken,
  VerifiedTokens,
} from './access-tokens.js';
import { isOpaqueToken } from './opaque-tokens.js';
import { Principals } from './principals.js';
import { saysEverythingOnce } from './said-once.js';
import { SigningKeys } from './signing-keys.js';

interface CredentialRequest extends AuthenticatedRequest {
  readonly id: string;
  /** The caller's address, behind trusted proxies the one they tell. */
  readonly ip: string;
  readonly headers: { readonly authorization?: string; readonly 'x-api-key'?: string | string[] };
}

/** RFC 6750 §2.1: the header only, never the query string. */
function bearerOf(request: CredentialRequest): string | null {
  const match = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}

/** Whether it is meant for a token, though it may not be written as one. */
function sendsToken({ headers }: CredentialRequest): boolean {
  return /^Bearer +\S/i.test(headers.authorization ?? '');
}

/** Verifies signatures: known `kid`, ES256 only, `typ` at+jwt, issuer and audience. Keys named in a token are ignored. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access-token') {
  constructor(keys: SigningKeys, @Inject(tokenIssuer) issuer: TokenIssuer) {
    super({
      jwtFromRequest: bearerOf as never,
      algorithms: ['ES256'],
      issuer: issuer.publicUrl,
      audience: issuer.publicUrl,
      secretOrKeyProvider: callbackify(async (_request: unknown, token: unknown) => publicKeyFor(keys, String(token))),
    });
  }

  validate(payload: Readonly<Record<string, unknown>>): AccessClaims | false {
    return accessClaimsIn(payload) ?? false;
  }
}

async function publicKeyFor(keys: SigningKeys, token: string): Promise<string> {
  const header = tokenHeader(token);
  const key = header['typ'] === accessTokenType ? await keys.publicKey(String(header['kid'])) : undefined;
  if (!key) throw new UnauthenticatedError();
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** Authentication of every route that is not public: a bearer token (signature once a token) or an API key; rights at every request. */
@Injectable()
export class AuthenticationGuard extends AuthGuard('access-token') {
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly reflector: Reflector,
    private readonly principals: Principals,
    private readonly keys: SigningKeys,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(this.reflector, context);
    if (access && 'public' in access) return true;

    const request = context.switchToHttp().getRequest<CredentialRequest>();
    const principal = await this.principalOf(context, request);
    request.user = { ...principal, requestId: request.id };
    return true;
  }

  private async principalOf(context: ExecutionContext, request: CredentialRequest): Promise<Principal> {
    const key = request.headers['x-api-key'];
    if (key !== undefined) return this.principals.ofKey(soleKey(key, request.headers.authorization));

    const token = bearerOf(request);
    if (token === null) throw sendsToken(request) ? new InvalidTokenError() : new UnauthenticatedError();
    const { kid, claims } = this.verified.get(token) ?? (await this.verify(context, request, token));
    if (!(await this.keys.publicKey(kid))) throw new InvalidTokenError();
    return this.principals.ofToken(claims, request.ip);
  }

  /** Passport hands on what stopped the key look-up as `info`: a database that is away makes no token wrong. */
  override handleRequest<Claims>(error: unknown, claims: Claims | false, info?: unknown): Claims {
    for (const cause of [error, info]) if (cause instanceof UnavailableError) throw cause;
    if (!claims) throw new InvalidTokenError();
    return claims;
  }

  private async verify(context: ExecutionContext, request: CredentialRequest, token: string): Promise<VerifiedToken> {
    await super.canActivate(context);
    if (!saysEverythingOnce(token)) throw new InvalidTokenError();
    const claims = request.user as unknown as AccessClaims;
    const verified = { kid: String(tokenHeader(token)['kid']), claims };
    this.verified.add(token, verified);
    return verified;
  }
}

/** Two credentials in one request would leave open who calls. */
function soleKey(key: string | string[], authorization: string | undefined): string {
  if (typeof key !== 'string' || !isOpaqueToken('key', key))
    throw new UnauthenticatedError('The API key is not valid.');
  if (authorization !== undefined) throw new UnauthenticatedError('Send a bearer token or an API key, not both.');
  return key;
}
