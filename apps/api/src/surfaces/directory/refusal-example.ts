import type { DomainError } from '@app/kernel';
import { directoryErrors } from '../../http/errors/directory-errors.js';
import { exampleOf } from '../../http/openapi-refusals.js';

/** What the directory answers to this very error. */
export function exampleOfRefusal(error: DomainError): unknown {
  return exampleOf(directoryErrors, error);
}
