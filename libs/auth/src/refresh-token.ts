import { hashOfToken, isOpaqueToken, newOpaqueToken, newSecret } from './opaque-tokens.js';

/**
 * Two parts: what all refresh tokens of one session begin with, and what only the present one ends with. So a session
 * remembers two hashes however often it is renewed, and yet knows each token it ever gave: nobody else has the beginning.
 */
export interface RefreshToken {
  readonly family: string;
  readonly secret: string;
}

export interface RefreshTokenHashes {
  readonly family: Buffer;
  readonly secret: Buffer;
}

const familyLength = newOpaqueToken('refresh').length;

export function newRefreshToken(): RefreshToken {
  return { family: newOpaqueToken('refresh'), secret: newSecret() };
}

/** The next of the same session. */
export function refreshTokenAfter({ family }: RefreshToken): RefreshToken {
  return { family, secret: newSecret() };
}

/** Undefined for what cannot be one. Those of before sessions remembered them so are a beginning with nothing behind it. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  if (!isOpaqueToken('refresh', text)) return undefined;
  return { family: text.slice(0, familyLength), secret: text.slice(familyLength) };
}

export function textOf({ family, secret }: RefreshToken): string {
  return family + secret;
}

export function hashesOf({ family, secret }: RefreshToken): RefreshTokenHashes {
  return { family: hashOfToken(family), secret: hashOfToken(secret) };
}
