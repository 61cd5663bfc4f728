import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '@app/kernel';
import { parseForm } from './form-text.js';
import { parseJson, textOf } from './json-text.js';
import { LargeJson, takesLargeJson } from './large-json.js';
import { mostValuesOfRows, RowsText, takesRows } from './rows-text.js';

/**
 * Stands for a body nobody could read. Parsers run before the guards, so they never fail: the error waits here until
 * a handler that takes a body is reached, and a caller without a token hears 401 first.
 */
export class MalformedBody {
  constructor(readonly error: DomainError) {}
}

const anythingElse = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+[ \t]*(?:;.*)?$/s;

/** Replaces the framework's parsers. An empty body of any type is no body. */
export function registerBodyParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const register = (type: string | RegExp, read: (bytes: Buffer, request: FastifyRequest) => unknown) =>
    server.addContentTypeParser(type, { parseAs: 'buffer' }, (request, body, done) => {
      done(null, bodyFrom(request, body as Buffer, read));
    });

  const readRows = (kind: RowsText['kind']) => (bytes: Buffer, request: FastifyRequest) => {
    if (!takesRows(request)) throw unsupported();
    return new RowsText(kind, bytes);
  };

  const readJson = (bytes: Buffer, request: FastifyRequest) => {
    if (takesLargeJson(request)) return new LargeJson(bytes);
    return parseJson(bytes, takesRows(request) ? mostValuesOfRows : undefined);
  };
  register('application/json', readJson);
  register(/^application\/[^;]+\+json\b/, (bytes, request) => {
    if (takesLargeJson(request)) throw unsupported();
    return parseJson(bytes);
  });
  register('application/x-www-form-urlencoded', (bytes) => parseForm(textOf(bytes)));
  register('application/x-ndjson', readRows('ndjson'));
  register('text/csv', readRows('csv'));
  register('*', () => {
    throw unsupported();
  });

  server.addHook('onRequest', (request, _reply, done) => {
    renameBrokenType(request);
    done();
  });
  server.addHook('preValidation', (request, _reply, done) => {
    if (request.isMultipart()) request.body = new MalformedBody(unsupported());
    done();
  });
}

function bodyFrom(
  request: FastifyRequest,
  bytes: Buffer,
  read: (bytes: Buffer, request: FastifyRequest) => unknown,
): unknown {
  if (bytes.length === 0) return undefined;
  try {
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw unsupported();
    return read(bytes, request);
  } catch (error) {
    if (error instanceof DomainError) return new MalformedBody(error);
    throw error;
  }
}

/** A content type that is none would be refused by the framework before the guards. */
function renameBrokenType({ raw: { headers } }: FastifyRequest): void {
  const type = headers['content-type'];
  if (type !== undefined && !anythingElse.test(type)) headers['content-type'] = 'application/octet-stream';
}

export function unsupported(): DomainError {
  return new DomainError('unsupported_media_type', 'This content type is not accepted here.');
}
