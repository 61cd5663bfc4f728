import { type ErrorWriter, objectOf, sentence, text } from './error-writer.js';
import type { RefusalCode } from './refusal.js';

const errors: Readonly<Record<RefusalCode, string>> = {
  invalid: 'invalid_request',
  unauthenticated: 'invalid_client',
  forbidden: 'access_denied',
  not_found: 'invalid_request',
  method_not_allowed: 'invalid_request',
  conflict: 'invalid_request',
  failed_precondition: 'invalid_request',
  gone: 'invalid_request',
  too_large: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  too_many_requests: 'temporarily_unavailable',
  unavailable: 'temporarily_unavailable',
  internal: 'server_error',
};

/** RFC 6749 §5.2. A service that knows better than the table says so by `reason` (`unsupported_grant_type`). */
export const oauthErrors: ErrorWriter = {
  name: 'OAuthError',
  challenge: 'Basic realm="token"',
  body: (refusal, context) => ({
    error: refusal.reason ?? errors[refusal.code],
    error_description: printable(sentence(refusal, context)),
  }),
  schemas: { default: objectOf({ error: text, error_description: text }) },
};

/** The RFC allows neither quotes nor backslashes nor anything beyond ASCII in a description. */
function printable(words: string): string {
  return words.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'");
}
