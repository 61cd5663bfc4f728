import { accountsErrors } from './accounts-errors.js';
import { connectorOwnersErrors } from './connector-owners-errors.js';
import { directoryErrors } from './directory-errors.js';
import type { ErrorWriter } from './error-writer.js';
import { oauthErrors } from './oauth-errors.js';
import { ownersErrors } from './owners-errors.js';

const accountNouns = [
  'accounts',
  'identities-accounts',
  'sources',
  'identities',
  'public-identities',
  'entitlements',
  'task-status',
];

const writers: readonly (readonly [ErrorWriter, readonly string[]])[] = [
  [ownersErrors, ['/api/v1/owners', '/api/v1/managed-organizations']],
  [
    accountsErrors,
    ['/v3', '/v2024', '/v2025', '/beta', ...accountNouns.flatMap((noun) => [`/${noun}`, `/api/v1/${noun}`])],
  ],
  [
    connectorOwnersErrors,
    [
      '/api/v1/apps',
      '/api/v2/apps',
      '/api/v1/users',
      '/api/v1/directories',
      '/api/v1/search',
      '/api/v1/auth/introspect',
    ],
  ],
  [oauthErrors, ['/oauth', '/auth/v1']],
];

const byPrefix = writers
  .flatMap(([writer, prefixes]) => prefixes.map((prefix) => ({ prefix, writer })))
  .toSorted((a, b) => b.prefix.length - a.prefix.length);

/** The error writer of the longest prefix made of whole path segments. */
export function errorWriterFor(path: string): ErrorWriter {
  const found = byPrefix.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  return found?.writer ?? directoryErrors;
}

/** A request target as a plain path: no query, no origin, no doubled slashes, letters decoded. For choosing words only, never rights. */
export function plainPath(target: string): string {
  const path = target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return decoded(path).replace(/\/{2,}/g, '/');
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
