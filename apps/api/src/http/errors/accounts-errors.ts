import { createHash } from 'node:crypto';
import { type ErrorWriter, listOf, objectOf, type RefusalContext, text } from './error-writer.js';
import type { Refusal, RefusalCode } from './refusal.js';

const detailCodes: Readonly<Record<RefusalCode, string>> = {
  invalid: '400.1 Bad Request Content',
  unauthenticated: '401 Unauthorized',
  forbidden: '403 Forbidden',
  not_found: '404 Not found',
  method_not_allowed: '405 Method not allowed',
  conflict: '409 Conflict',
  failed_precondition: '400.1 Bad Request Content',
  gone: '410 Gone',
  too_large: '413 Payload too large',
  unsupported_media_type: '415 Unsupported media type',
  too_many_requests: '429 Too many requests',
  unavailable: '503 Service unavailable',
  internal: '500.0 Internal Fault',
};

const message = objectOf({ locale: text, localeOrigin: text, text });

/** The gateway in front of the vendor's API answers 401 and 429, hence their other bodies. */
export const accountsErrors: ErrorWriter = {
  name: 'AccountsError',
  body(refusal, context) {
    if (refusal.code === 'unauthenticated') return { error: `JWT validation failed: ${refusal.message}` };
    if (refusal.code === 'too_many_requests') return { message: ' Rate Limit Exceeded ' };
    return {
      detailCode: refusal.syntax ? '400.0 Bad request syntax' : detailCodes[refusal.code],
      trackingId: trackingIdOf(context.requestId),
      messages: messages(refusal, context),
      causes: [],
    };
  },
  schemas: {
    default: objectOf({ detailCode: text, trackingId: text, messages: listOf(message), causes: listOf(message) }),
    401: objectOf({ error: text }),
    429: objectOf({ message: text }),
  },
};

/** 32 hex digits, as published; always the same for a request id, so that either leads to the other. */
export function trackingIdOf(requestId: string): string {
  if (/^[0-9a-f]{32}$/.test(requestId)) return requestId;
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}

function messages({ message: words }: Refusal, { namesLanguages }: RefusalContext) {
  const ours = { locale: 'en-US', localeOrigin: 'DEFAULT', text: words };
  return namesLanguages ? [ours, { locale: 'und', localeOrigin: 'REQUEST', text: words }] : [ours];
}
