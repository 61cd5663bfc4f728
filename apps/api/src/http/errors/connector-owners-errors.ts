import { type ErrorWriter, objectOf, text } from './error-writer.js';
import type { RefusalCode } from './refusal.js';

/** google.rpc.Code, not the HTTP status. */
const grpcCodes: Readonly<Record<RefusalCode, number>> = {
  invalid: 3,
  unauthenticated: 16,
  forbidden: 7,
  not_found: 5,
  method_not_allowed: 12,
  conflict: 6,
  failed_precondition: 9,
  gone: 5,
  too_large: 3,
  unsupported_media_type: 3,
  too_many_requests: 8,
  unavailable: 14,
  internal: 13,
};

/** Of a conflict that passes. */
const aborted = 10;

/** google.rpc.Status. Every 404 reads alike, so that nobody learns which part of a path exists. */
export const connectorOwnersErrors: ErrorWriter = {
  name: 'ConnectorOwnersError',
  body: ({ code, message, passing }, { requestId }) => ({
    code: passing === true ? aborted : grpcCodes[code],
    message:
      code === 'not_found' ? 'Not found.' : code === 'internal' ? `${message} (request-id: ${requestId})` : message,
  }),
  /** The vendor's gateway answers a body over its limit like any other bad argument. */
  statuses: { too_large: 400 },
  schemas: { default: objectOf({ code: { type: 'integer' }, message: text }) },
};
