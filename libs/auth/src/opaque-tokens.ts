import { createHash, randomBytes } from 'node:crypto';

/** What tells the kinds of opaque tokens apart, for people and for secret scanners; each door takes its own kind only. */
export const opaquePrefixes = { refresh: 'ostr_', invitation: 'osti_', key: 'ostk_' } as const;
export type OpaqueKind = keyof typeof opaquePrefixes;

/** 256 random bits. Only the hash is ever stored. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function newOpaqueToken(kind: OpaqueKind): string {
  return opaquePrefixes[kind] + newSecret();
}

/** SHA-256: enough for what is random already. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const oneSecret = /^[A-Za-z0-9_-]{43}$/;
const oneOrTwoSecrets = /^(?:[A-Za-z0-9_-]{43}){1,2}$/;

/** Whether this could be one at all; anything else needs no look into the database. */
export function isOpaqueToken(kind: OpaqueKind, text: string): boolean {
  const prefix = opaquePrefixes[kind];
  const secrets = kind === 'refresh' ? oneOrTwoSecrets : oneSecret;
  return text.startsWith(prefix) && secrets.test(text.slice(prefix.length));
}
