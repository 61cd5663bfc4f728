import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { InvalidError } from '@app/kernel';
import { formParts } from './form-parts.js';

interface UploadedFile {
  readonly name: string;
  /** It ends with the form, and fails where the rest of that is no good: whoever reads to the end has judged all of it. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The form's part named `file`, to be read while it arrives; undefined: the form ends without a file. */
export async function uploadedFile(request: FastifyRequest): Promise<UploadedFile | undefined> {
  const parts = formParts(request, { files: 2, fileSize: Infinity });
  for (;;) {
    const { value: part, done } = await parts.next();
    if (done) return undefined;
    // A part may have a type and no file name, whatever its type here says.
    if (isFile(part)) return { name: (part.filename || 'file').slice(0, 256), content: untilEnd(part.file, parts) };
  }
}

async function* untilEnd(file: AsyncIterable<Uint8Array>, parts: AsyncIterable<Multipart>): AsyncGenerator<Uint8Array> {
  yield* file;
  for await (const part of parts) isFile(part);
}

/** Text in place of the file, or a file under another name: taken for no file, another one would be read instead. */
function isFile(part: Multipart): part is Extract<Multipart, { type: 'file' }> {
  if (part.type === 'file' && part.fieldname === 'file') return true;
  if (part.type === 'field' && part.fieldname !== 'file') return false;
  throw InvalidError.field('file', 'A part named "file" is required, and must be a file.');
}
