import { createHmac, type KeyObject, sign } from 'node:crypto';

type Json = Readonly<Record<string, unknown>>;

export interface TokenParts {
  readonly header: Json;
  readonly claims: Json;
}

/** What a token says, signed by nobody's leave. */
export function partsOf(token: string): TokenParts {
  const [header = '', claims = ''] = token.split('.');
  return { header: decoded(header), claims: decoded(claims) };
}

/** A token of our own making: signed with this private key (ES256) or this text (HS256), or not at all. */
export function forged({ header, claims }: TokenParts, key?: KeyObject | string): string {
  return signedTexts([JSON.stringify(header), JSON.stringify(claims)], key);
}

/** The same of a header and claims in any spelling. */
export function signedTexts(texts: readonly [header: string, claims: string], key?: KeyObject | string): string {
  const content = texts.map((text) => Buffer.from(text).toString('base64url')).join('.');
  return `${content}.${signature(content, key)}`;
}

function signature(content: string, key?: KeyObject | string): string {
  if (key === undefined) return '';
  if (typeof key === 'string') return createHmac('sha256', key).update(content).digest('base64url');
  return sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

function decoded(text: string): Json {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as Json;
}
