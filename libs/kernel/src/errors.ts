export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'failed_precondition'
  | 'gone'
  | 'too_large'
  | 'unsupported_media_type'
  | 'too_many_requests'
  | 'unavailable';

export interface ErrorDetail {
  /** Body field, query parameter or header the message is about. */
  readonly field: string;
  readonly message: string;
}

/** What services throw. It carries a code, never a status: one table per surface turns codes into answers. */
export class DomainError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: readonly ErrorDetail[] = [],
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** The request is understood and wrong; `details` name the offending fields. */
export class InvalidError extends DomainError {
  constructor(message: string, details: readonly ErrorDetail[] = []) {
    super('invalid', message, details);
  }

  static field(field: string, message: string): InvalidError {
    return new InvalidError(message, [{ field, message }]);
  }
}

export class UnauthenticatedError extends DomainError {
  constructor(message = 'A valid bearer token is required.') {
    super('unauthenticated', message);
  }
}

/** A bearer token was sent, and it is good for nothing: not the same as none at all (RFC 6750 §3). */
export class InvalidTokenError extends UnauthenticatedError {
  constructor(message = 'The token is not valid.') {
    super(message);
  }
}

export class ForbiddenError extends DomainError {
  constructor(message: string) {
    super('forbidden', message);
  }
}

/** Also thrown for records of another organization or outside the caller's scope: existence never leaks. */
export class NotFoundError extends DomainError {
  constructor(what: string) {
    super('not_found', `No such ${what}.`);
  }
}

export class ConflictError extends DomainError {
  constructor(message: string, details: readonly ErrorDetail[] = []) {
    super('conflict', message, details);
  }
}

/** Nothing contradicts it for long: others are changing the same at the moment, and the same request may succeed later. */
export class AbortedError extends ConflictError {}

/** Nothing is wrong with the request, and nothing contradicts it: something else is to be done first. */
export class PreconditionError extends DomainError {
  constructor(message: string) {
    super('failed_precondition', message);
  }
}

export class UnavailableError extends DomainError {
  constructor(message: string, retryAfterSeconds: number) {
    super('unavailable', message, [], retryAfterSeconds);
  }
}
