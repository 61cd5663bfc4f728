import { hash, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { newId, UnauthenticatedError } from '@app/kernel';
import { RecentlyUsed } from './recently-used.js';
import { SigningKeys } from './signing-keys.js';
import { accessTokenSeconds } from './token-lives.js';

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

/** A sign-in in the organization that manages `org`. */
export interface ManagingClaims extends CommonClaims {
  readonly sid: string;
  readonly mgr: string;
}

export type AccessClaims = SessionClaims | ClientClaims | ManagingClaims;

type Unsigned<Claims extends AccessClaims> = Omit<Claims, 'exp'>;

/** Who signs tokens and for whom: OSTIARY_PUBLIC_URL. */
export interface TokenIssuer {
  readonly publicUrl: string;
}

export const tokenIssuer = Symbol('TokenIssuer');
export const accessTokenType = 'at+jwt';

export interface IssuedToken {
  readonly token: string;
  /** Its `jti`. */
  readonly tokenId: string;
  readonly expiresInSeconds: number;
}

/** Signs access tokens (RFC 9068: ES256, `typ` at+jwt). */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly keys: SigningKeys,
    @Inject(tokenIssuer) private readonly issuer: TokenIssuer,
  ) {}

  async sign(
    { sub, ...claims }: Unsigned<SessionClaims> | Unsigned<ClientClaims> | Unsigned<ManagingClaims>,
    expiresInSeconds = accessTokenSeconds,
  ): Promise<IssuedToken> {
    const { kid, privateKey } = await this.keys.current();
    const tokenId = newId();
    const iat = Math.floor(Date.now() / 1000);
    const { publicUrl } = this.issuer;
    const named = { iss: publicUrl, aud: publicUrl, sub, iat, exp: iat + expiresInSeconds, jti: tokenId };
    const token = await compactJws({ alg: 'ES256', typ: accessTokenType, kid }, { ...claims, ...named }, privateKey);
    return { token, tokenId, expiresInSeconds };
  }
}

const signOnAnotherThread = promisify(sign);

/** RFC 7515 §7.1, ES256: the dearest step of giving a token, so this thread goes on meanwhile. */
async function compactJws(header: object, claims: object, privateKey: KeyObject): Promise<string> {
  const text = `${encoded(header)}.${encoded(claims)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = await signOnAnotherThread('sha256', Buffer.from(text), key);
  return `${text}.${signature.toString('base64url')}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** Our signature alone does not make an access token: without the claims of one of its kinds, or without an end, it is none. */
export function accessClaimsIn(payload: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  const { sub, org, exp, sid, cid, ver, act, mgr } = payload;
  if (!isText(sub) || !isText(org) || typeof exp !== 'number') return undefined;
  if (mgr !== undefined) {
    const alone = isText(mgr) && isText(sid) && cid === undefined && act === undefined;
    return alone ? { sub, org, exp, sid, mgr } : undefined;
  }
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

/** What a signature was found to vouch for, and by which key. */
export interface VerifiedToken {
  readonly kid: string;
  readonly claims: AccessClaims;
}

/** Signatures verified before: token hash -> claims. Bounded, and it says nothing about rights, nor about the key since. */
export class VerifiedTokens {
  private readonly known: RecentlyUsed<VerifiedToken>;

  constructor(limit = 10_000) {
    this.known = new RecentlyUsed(limit);
  }

  get(token: string, nowSeconds = Date.now() / 1000): VerifiedToken | undefined {
    const key = hashOf(token);
    const found = this.known.get(key);
    if (found && found.claims.exp <= nowSeconds) {
      this.known.delete(key);
      return undefined;
    }
    return found;
  }

  add(token: string, verified: VerifiedToken): void {
    this.known.set(hashOf(token), verified);
  }
}

/** The header of a token that may be none at all. */
export function tokenHeader(token: string): Readonly<Record<string, unknown>> {
  const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  if (header === null || typeof header !== 'object') throw new UnauthenticatedError();
  return header as Readonly<Record<string, unknown>>;
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}
