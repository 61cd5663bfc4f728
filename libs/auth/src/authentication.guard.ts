import { callbackify } from 'node:util';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { accessOf, type AuthenticatedRequest } from '@app/access';
import { UnauthenticatedError, UnavailableError } from '@app/kernel';
import { type AccessClaims, accessTokenType, type TokenIssuer, tokenIssuer, VerifiedTokens } from './access-tokens.js';
import { Principals } from './principals.js';
import { SigningKeys } from './signing-keys.js';

interface BearerRequest extends AuthenticatedRequest {
  readonly id: string;
  readonly headers: { readonly authorization?: string };
}

/** RFC 6750 §2.1: the header only, never the query string. */
function bearerOf(request: BearerRequest): string | null {
  const match = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
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

  /** Our signature alone does not make an access token: without its claims, or without an end, it is none. */
  validate({ sub, sid, org, exp }: Readonly<Record<string, unknown>>): AccessClaims | false {
    const whole = isText(sub) && isText(sid) && isText(org) && typeof exp === 'number';
    return whole && { sub, sid, org, exp };
  }
}

function isText(claim: unknown): claim is string {
  return typeof claim === 'string';
}

async function publicKeyFor(keys: SigningKeys, token: string): Promise<string> {
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>;
  const key = header['typ'] === accessTokenType ? await keys.publicKey(String(header['kid'])) : undefined;
  if (!key) throw new UnauthenticatedError();
  return key;
}

/** Authentication of every route that is not public: signature once a token, rights at every request. */
@Injectable()
export class AuthenticationGuard extends AuthGuard('access-token') {
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly reflector: Reflector,
    private readonly principals: Principals,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = accessOf(this.reflector, context);
    if (access && 'public' in access) return true;

    const request = context.switchToHttp().getRequest<BearerRequest>();
    const token = bearerOf(request);
    if (token === null) throw new UnauthenticatedError();
    const claims = this.verified.get(token) ?? (await this.verify(context, request, token));
    const principal = await this.principals.load(claims);
    request.user = { ...principal, requestId: request.id };
    return true;
  }

  /** Passport hands on what stopped the key look-up as `info`: a database that is away makes no token wrong. */
  override handleRequest<Claims>(error: unknown, claims: Claims | false, info?: unknown): Claims {
    for (const cause of [error, info]) if (cause instanceof UnavailableError) throw cause;
    if (!claims) throw new UnauthenticatedError('The token is not valid.');
    return claims;
  }

  private async verify(context: ExecutionContext, request: BearerRequest, token: string): Promise<AccessClaims> {
    await super.canActivate(context);
    const claims = request.user as unknown as AccessClaims;
    this.verified.add(token, claims);
    return claims;
  }
}
