import fastJsonStringify, { type Schema } from 'fast-json-stringify';
import type { FastifyReply } from 'fastify';

export type JsonSerializer<T> = (value: T) => string;

/** Compiled once, at the start of the program. It writes what the schema names and nothing else. */
export function jsonSerializer<T>(schema: Schema): JsonSerializer<T> {
  return fastJsonStringify(schema);
}

/**
 * What a handler with `@Res({ passthrough: true })` returns to answer JSON text of its own making; `null` becomes the
 * four letters, where the framework would send nothing.
 */
export function sendJson<T>(reply: FastifyReply, serialize: JsonSerializer<T>, value: T): string {
  reply.header('content-type', 'application/json; charset=utf-8');
  return value === null ? 'null' : serialize(value);
}

const openingBracket = 0x5b;
const comma = 0x2c;
const closingBracket = 0x5d;
const closingBrace = Buffer.from('}');
/** Of a usual record; a list of longer ones moves to a larger buffer. */
const expectedBytes = 1_024;
/** No character of JavaScript takes more in UTF-8. */
const bytesPerCharacter = 3;

/**
 * A list, each item encoded as soon as it is written: joined to one text first, copying that text together and counting
 * its bytes costs more than writing it.
 */
export function sendJsonList<T>(reply: FastifyReply, serialize: JsonSerializer<T>, items: readonly T[]): Buffer {
  reply.header('content-type', 'application/json; charset=utf-8');
  let bytes: Buffer = Buffer.allocUnsafe(items.length * expectedBytes + 2);
  let end = 0;
  for (const item of items) {
    const text = serialize(item);
    bytes = withRoomFor(bytes, end, text.length * bytesPerCharacter + 2);
    bytes[end] = end === 0 ? openingBracket : comma;
    end += 1 + bytes.write(text, end + 1);
  }
  if (end === 0) bytes[end++] = openingBracket;
  bytes[end++] = closingBracket;
  return bytes.subarray(0, end);
}

/** One page of a list, with the number of all there are. */
export function sendJsonPage<T>(
  reply: FastifyReply,
  serialize: JsonSerializer<T>,
  { total, items }: { readonly total: number; readonly items: readonly T[] },
): Buffer {
  const head = Buffer.from(`{"totalCount":${total},"data":`);
  return Buffer.concat([head, sendJsonList(reply, serialize, items), closingBrace]);
}

function withRoomFor(bytes: Buffer, used: number, more: number): Buffer {
  if (used + more <= bytes.length) return bytes;
  const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, used + more));
  bytes.copy(larger, 0, 0, used);
  return larger;
}
