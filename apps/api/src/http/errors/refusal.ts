import { HttpException } from '@nestjs/common';
import {
  AbortedError,
  DomainError,
  type ErrorCode,
  type ErrorDetail,
  InvalidError,
  InvalidTokenError,
} from '@app/kernel';
import { QueryError } from '@app/query';

export type RefusalCode = ErrorCode | 'internal';

/** Codes to statuses: the one table. A surface may answer another status only where its publisher documents it. */
export const statuses: Readonly<Record<RefusalCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  failed_precondition: 400,
  gone: 410,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  unavailable: 503,
  internal: 500,
};

/** An error as a surface may tell it: nothing here comes from a stack, a statement or a file. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  /** Overrides the table for what only the protocol knows (408, 431). */
  readonly status?: number;
  /** The word a surface publishes in place of the code, as `invalid_client` or `passwordChangeRequired`. */
  readonly reason?: string;
  /** The bytes themselves could not be read, as opposed to what they say. */
  readonly syntax?: boolean;
  /** A conflict that passes: the same request may succeed later. */
  readonly passing?: boolean;
  readonly retryAfterSeconds?: number;
  /** Why the bearer token that was sent is refused, in the words of RFC 6750 §3.1. */
  readonly tokenError?: 'invalid_token';
  readonly allow?: readonly string[];
}

/** Bytes that cannot be read at all: broken JSON, invalid UTF-8, a broken URL. */
export class UnreadableError extends InvalidError {}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof DomainError) return fromDomain(error);
  if (error instanceof QueryError) return { code: 'invalid', message: error.message, details: [] };
  const status = protocolStatus(error);
  return status === undefined ? internal : fromStatus(status);
}

const internal: Refusal = { code: 'internal', message: 'Something went wrong on this side.', details: [] };

function fromDomain(error: DomainError): Refusal {
  const { code, message, details, retryAfterSeconds } = error;
  const { reason } = error as { reason?: unknown };
  return {
    code,
    message,
    details,
    ...(typeof reason === 'string' && { reason }),
    ...(error instanceof UnreadableError && { syntax: true }),
    ...(error instanceof AbortedError && { passing: true }),
    ...(error instanceof InvalidTokenError && { tokenError: 'invalid_token' }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

/** Statuses the framework and its plugins throw before or beside our code. Their texts are never repeated: they quote URLs. */
function protocolStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (!(error instanceof Error)) return undefined;
  if (multipartFault.test(error.message) && error.name === 'Error') return 400;
  const { statusCode } = error as { statusCode?: unknown };
  return error.name === 'FastifyError' && typeof statusCode === 'number' && statusCode < 500 ? statusCode : undefined;
}

/** The multipart reader throws plain errors for a broken body. */
const multipartFault =
  /^(?:Multipart: Boundary not found|The needle cannot .{1,60}|Unexpected end of multipart data|.{1,20} terminated early due to unexpected end of multipart data)$/;

function fromStatus(status: number): Refusal {
  switch (status) {
    case 401:
      return { code: 'unauthenticated', message: 'A valid bearer token is required.', details: [] };
    case 403:
      return { code: 'forbidden', message: 'This is not allowed.', details: [] };
    case 404:
    case 414:
      return { code: 'not_found', message: 'There is nothing at this path.', details: [] };
    case 405:
      return { code: 'method_not_allowed', message: 'This path does not know this method.', details: [] };
    case 406:
    case 415:
      return {
        code: 'unsupported_media_type',
        message: 'This content type is not accepted here.',
        details: [],
      };
    case 408:
      return { code: 'invalid', status, message: 'The request took too long to arrive.', details: [], syntax: true };
    case 413:
      return { code: 'too_large', message: 'The body is larger than this operation accepts.', details: [] };
    case 429:
      return { code: 'too_many_requests', message: 'Too many requests.', details: [] };
    case 431:
      return { code: 'too_large', status, message: 'The request line and headers are too large.', details: [] };
    default:
      return status >= 400 && status < 500
        ? { code: 'invalid', message: 'The request cannot be read.', details: [], syntax: true }
        : internal;
  }
}
