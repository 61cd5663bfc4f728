import type { FastifyRequest } from 'fastify';
import { InvalidError } from '@app/kernel';

interface UploadedFile {
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The form's part named `file`, to be read while it arrives; undefined: the form ends without a file. */
export async function uploadedFile(request: FastifyRequest): Promise<UploadedFile | undefined> {
  for await (const part of request.parts({ limits: { files: 1, fileSize: Infinity } })) {
    const { fieldname } = part;
    if (part.type === 'file' && fieldname === 'file') {
      // A part may have a type and no file name, whatever its type here says.
      return { name: (part.filename || 'file').slice(0, 256), content: part.file };
    }
    // Text in place of the file, or a file under another name: taken for no file, another one would be read instead.
    if (part.type === 'file' || fieldname === 'file') {
      throw InvalidError.field('file', 'A part named "file" is required, and must be a file.');
    }
  }
  return undefined;
}
