import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { newId } from '@app/kernel';
import { SigningKeys } from './signing-keys.js';

/** `sub` is the user, `sid` the session, `org` the organization; rights are never in a token. */
export interface AccessClaims {
  readonly sub: string;
  readonly sid: string;
  readonly org: string;
  readonly exp: number;
}

/** Who signs tokens and for whom: OSTIARY_PUBLIC_URL. */
export interface TokenIssuer {
  readonly publicUrl: string;
}

export const tokenIssuer = Symbol('TokenIssuer');
export const accessTokenType = 'at+jwt';
export const accessTokenSeconds = 3_600;

/** Signs access tokens (RFC 9068: ES256, `typ` at+jwt). */
@Injectable()
export class AccessTokens {
  private readonly jwt = new JwtService({});

  constructor(
    private readonly keys: SigningKeys,
    @Inject(tokenIssuer) private readonly issuer: TokenIssuer,
  ) {}

  async sign(claims: Omit<AccessClaims, 'exp'>): Promise<string> {
    const { kid, privateKey } = await this.keys.current();
    return this.jwt.signAsync(
      { sid: claims.sid, org: claims.org },
      {
        algorithm: 'ES256',
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        keyid: kid,
        header: { alg: 'ES256', typ: accessTokenType },
        subject: claims.sub,
        issuer: this.issuer.publicUrl,
        audience: this.issuer.publicUrl,
        expiresIn: accessTokenSeconds,
        jwtid: newId(),
      },
    );
  }
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
