import { detailsSchema, type ErrorWriter, objectOf, sentence, text } from './error-writer.js';
import type { RefusalCode } from './refusal.js';

const codes: Readonly<Record<RefusalCode, string>> = {
  invalid: 'VALIDATION_ERROR',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  method_not_allowed: 'METHOD_NOT_ALLOWED',
  conflict: 'CONFLICT',
  failed_precondition: 'FAILED_PRECONDITION',
  gone: 'GONE',
  too_large: 'PAYLOAD_TOO_LARGE',
  unsupported_media_type: 'UNSUPPORTED_MEDIA_TYPE',
  too_many_requests: 'RATE_LIMITED',
  unavailable: 'UNAVAILABLE',
  internal: 'INTERNAL_ERROR',
};

/** `details` for validation only. */
export const ownersErrors: ErrorWriter = {
  name: 'OwnersError',
  body: (refusal, context) => ({
    error: {
      code: codes[refusal.code],
      message: sentence(refusal, context),
      ...(refusal.code === 'invalid' && refusal.details.length > 0 && { details: refusal.details }),
    },
  }),
  schemas: {
    default: objectOf({ error: objectOf({ code: text, message: text, details: detailsSchema }, ['details']) }),
  },
};
