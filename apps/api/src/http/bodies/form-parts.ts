import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { InvalidError } from '@app/kernel';
import { UnreadableError } from '../errors/refusal.js';

type Limits = NonNullable<NonNullable<Parameters<FastifyRequest['parts']>[0]>['limits']>;

/** RFC 2046, 5.1.1. The reader gives up beyond some 250. */
const longestBoundary = 70;
const boundaries = /;\s*boundary\*?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gi;

/** The parts of a multipart form in their order, each under a name of its own. A file is to be read before the next part comes. */
export async function* formParts(request: FastifyRequest, limits: Limits): AsyncGenerator<Multipart> {
  requireShortBoundary(request.headers['content-type'] ?? '');
  const names = new Set<string>();
  for await (const part of request.parts({ limits })) {
    const name = nameOf(part);
    if (names.has(name)) throw InvalidError.field(name, `${name} must be given once.`);
    names.add(name);
    yield part;
  }
}

function requireShortBoundary(contentType: string): void {
  for (const [, quoted, bare] of contentType.matchAll(boundaries)) {
    if ((quoted ?? bare ?? '').trim().length > longestBoundary) {
      throw new UnreadableError(`The boundary of a form may have ${longestBoundary} characters.`);
    }
  }
}

/** The reader leaves the name out where the part has none. */
function nameOf({ fieldname }: { readonly fieldname: string | undefined }): string {
  if (fieldname === undefined) throw new UnreadableError('A part of the form has no name.');
  return fieldname;
}
