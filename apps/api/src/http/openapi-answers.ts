import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorWriter } from './errors/error-writer.js';
import { type RefusalCode, statuses } from './errors/refusal.js';
import { errorWriterFor } from './errors/surfaces.js';
import { refusalExample } from './openapi-refusals.js';
import { withRequired } from './openapi-required.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Components = NonNullable<OpenAPIObject['components']>;
type Response = Exclude<Operation['responses'][string], undefined | { $ref: string }>;
type Headers = NonNullable<Response['headers']>;

const refusals = {
  invalid: 'The request is not valid.',
  unauthenticated: 'No valid token.',
  forbidden: 'The caller may not do this; the sentence says what stands in the way.',
  not_found: 'No such record, or none within reach of the caller.',
  conflict: 'It contradicts what there is.',
  too_large: 'The body is larger than this operation accepts.',
  unsupported_media_type: 'This content type is not accepted here.',
  too_many_requests: 'Too many requests; Retry-After says when to come back.',
  internal: 'A fault of this server; the answer holds a correlation id only.',
  unavailable: 'What this needs is away for a moment; Retry-After says when to come back.',
} satisfies Partial<Record<RefusalCode, string>>;

const json = 'application/json';

const everywhere = ['invalid', 'not_found', 'too_many_requests', 'internal', 'unavailable'] as const;

/** Who may call it, and whether it changes anything: both bring refusals of their own. */
interface Kind {
  readonly path: string;
  readonly open: boolean;
  readonly changes: boolean;
}

/** Completes what a controller says of its answers: refusals in its surface's shape, headers, and fields that are always there. */
export function describeAnswers(operation: Operation, kind: Kind, components: Components): void {
  const writer = errorWriterFor(kind.path);
  for (const code of refusalsOf(kind)) {
    operation.responses[String(writer.statuses?.[code] ?? statuses[code])] ??= { description: refusals[code] };
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response === undefined || '$ref' in response) continue;
    if (Number(status) >= 400 && !response.content?.[json]?.schema) {
      describeRefusal(response, Number(status), writer, components);
      response.content![json]!.example ??= refusalExample(writer, Number(status), takesFields(operation));
    }
    describeAnswer(response);
  }
}

/** A body is looked at also where none is taken. */
function refusalsOf({ open, changes }: Kind): (keyof typeof refusals)[] {
  return [
    ...everywhere,
    ...(changes ? (['too_large', 'unsupported_media_type'] as const) : []),
    ...(open ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...(changes && !open ? (['conflict'] as const) : []),
  ];
}

function describeRefusal(response: Response, status: number, writer: ErrorWriter, components: Components): void {
  const special = writer.schemas[status];
  const name = special ? `${writer.name}${status}` : writer.name;
  (components.schemas ??= {})[name] ??= special ?? writer.schemas.default;
  response.content = { [json]: { ...response.content?.[json], schema: { $ref: `#/components/schemas/${name}` } } };
  response.headers = { ...refusalHeaders[status], ...response.headers };
}

/** A body of named fields, of which there are none but those. */
function takesFields({ requestBody }: Operation): boolean {
  const schema = requestBody && 'content' in requestBody ? requestBody.content[json]?.schema : undefined;
  return schema !== undefined && ('$ref' in schema || schema.type === 'object');
}

const text = { schema: { type: 'string' } } as const;
const wait = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } as const;
const refusalHeaders: Readonly<Record<number, Headers>> = { 401: { 'WWW-Authenticate': text }, 429: wait, 503: wait };

function describeAnswer(response: Response): void {
  const requestId = { description: 'Names the request in logs and in the audit trail.', ...text };
  response.headers = { ...response.headers, 'X-Request-Id': requestId };
  for (const media of Object.values(response.content ?? {}))
    if (media.schema) media.schema = withRequired(media.schema);
}
