import { HttpException } from '@nestjs/common';
import { AbortedError, ForbiddenError, InvalidError, NotFoundError, UnavailableError } from '@app/kernel';
import type { ErrorWriter } from './errors/error-writer.js';
import { refusalOf } from './errors/refusal.js';

const context = { requestId: '01974f3a8c00712c8b2f5d0c3e9a6b41', namesLanguages: false } as const;

/** What nearly every operation may say; the rest is said by the protocol. */
const said: Readonly<Record<number, Error>> = {
  403: new ForbiddenError('Your roles do not allow this.'),
  404: new NotFoundError('record'),
  409: new AbortedError('Another change of the same records is under way: try again.'),
  503: new UnavailableError('The database is not reachable at the moment.', 5),
};

const refusals = new Map(
  [400, 401, 403, 404, 409, 413, 415, 429, 500, 503].map((status) => [
    status,
    refusalOf(said[status] ?? new HttpException('', status)),
  ]),
);

const unknownField = refusalOf(InvalidError.field('colour', 'colour is not a known field.'));

/** An error as this surface writes it. */
export function exampleOf(writer: ErrorWriter, error: Error): unknown {
  return writer.body(refusalOf(error), context);
}

/** A refusal as this surface writes it; none where only the controller knows when it answers so. */
export function refusalExample(writer: ErrorWriter, status: number, takesFields: boolean): unknown {
  const refusal = status === 400 && takesFields ? unknownField : refusals.get(status);
  return refusal && writer.body(refusal, context);
}
