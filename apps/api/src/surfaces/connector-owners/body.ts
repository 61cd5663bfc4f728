import { validated } from '../../http/validation/validated.js';

/** Where the path says everything. */
export class NothingBody {}

/**
 * On this surface an unknown app or connector is 404 whatever the body says, so handlers read the body themselves
 * once they have found what it is about. No body counts as an empty one.
 */
export function bodyOf<T extends object>(type: new () => T, body: unknown): T {
  return validated(type).transform(body ?? {}, { type: 'body' }) as T;
}
