import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { newId } from '@app/kernel';
import { SigningKeys } from './signing-keys.js';

interface CommonClaims {
  /** The user whose rights are used. */
  readonly sub: string;
  /** The organization. */
  readonly org: string;
  readonly exp: number;
}

/** A sign-in, or an impersonation: `act` then names who acts (RFC 8693 §4.1). Rights are never in a token. */
export interface SessionClaims extends CommonClaims {
  readonly sid: string;
  readonly act?: { readonly sub: string };
}

/** A client acting for its user, with the version of the secret it proved. */
export interface ClientClaims extends CommonClaims {
  readonly cid: string;
  readonly ver: number;
}

export type AccessClaims = SessionClaims | ClientClaims;

type Unsigned<Claims extends AccessClaims> = Omit<Claims, 'exp'>;

/** Who signs tokens and for whom: OSTIARY_PUBLIC_URL. */
export interface TokenIssuer {
  readonly publicUrl: string;
}

export const tokenIssuer = Symbol('TokenIssuer');
export const accessTokenType = 'at+jwt';
const accessTokenSeconds = 3_600;
export const impersonationSeconds = 900;

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** Signs access tokens (RFC 9068: ES256, `typ` at+jwt). */
@Injectable()
export class AccessTokens {
  private readonly jwt = new JwtService({});

  constructor(
    private readonly keys: SigningKeys,
    @Inject(tokenIssuer) private readonly issuer: TokenIssuer,
  ) {}

  async sign(
    { sub, ...claims }: Unsigned<SessionClaims> | Unsigned<ClientClaims>,
    expiresInSeconds = accessTokenSeconds,
  ): Promise<IssuedToken> {
    const { kid, privateKey } = await this.keys.current();
    const token = await this.jwt.signAsync(claims, {
      algorithm: 'ES256',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      keyid: kid,
      header: { alg: 'ES256', typ: accessTokenType },
      subject: sub,
      issuer: this.issuer.publicUrl,
      audience: this.issuer.publicUrl,
      expiresIn: expiresInSeconds,
      jwtid: newId(),
    });
    return { token, expiresInSeconds };
  }
}

/** Our signature alone does not make an access token: without the claims of one of its kinds, or without an end, it is none. */
export function accessClaimsIn(payload: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  const { sub, org, exp, sid, cid, ver, act } = payload;
  if (!isText(sub) || !isText(org) || typeof exp !== 'number') return undefined;
  if (isText(sid) && cid === undefined) {
    if (act === undefined) return { sub, org, exp, sid };
    return isActor(act) ? { sub, org, exp, sid, act } : undefined;
  }
  return isText(cid) && sid === undefined && Number.isInteger(ver)
    ? { sub, org, exp, cid, ver: ver as number }
    : undefined;
}

function isText(claim: unknown): claim is string {
  return typeof claim === 'string';
}

function isActor(claim: unknown): claim is { readonly sub: string } {
  return claim !== null && typeof claim === 'object' && isText((claim as { sub?: unknown }).sub);
}

/** Signatures verified before: token hash -> claims. Bounded, and it says nothing about rights. */
export class VerifiedTokens {
  private readonly claims = new Map<string, AccessClaims>();

  constructor(private readonly limit = 10_000) {}

  get(token: string, nowSeconds = Date.now() / 1000): AccessClaims | undefined {
    const key = hashOf(token);
    const found = this.claims.get(key);
    if (found && found.exp <= nowSeconds) {
      this.claims.delete(key);
      return undefined;
    }
    return found;
  }

  add(token: string, claims: AccessClaims): void {
    if (this.claims.size >= this.limit) this.claims.delete(this.claims.keys().next().value!);
    this.claims.set(hashOf(token), claims);
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}
