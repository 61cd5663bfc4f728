import type { FastifyRequest } from 'fastify';
import { DomainError, InvalidError } from '@app/kernel';
import { UnreadableError } from '../errors/refusal.js';
import { MalformedBody, unsupported } from './body-parsers.js';
import { formParts } from './form-parts.js';
import { FormFields, uniqueFields } from './form-text.js';

const longestField = 16 * 1024;

/** The fields of a form in either of its two encodings; without a body none. Files are refused. */
export async function formFields(request: FastifyRequest): Promise<Readonly<Record<string, string>>> {
  if (request.isMultipart()) return multipartFields(request);

  const { body } = request;
  if (body === undefined || body === null) return {};
  if (body instanceof FormFields) return body.fields;
  throw body instanceof MalformedBody ? body.error : unsupported();
}

async function multipartFields(request: FastifyRequest): Promise<Readonly<Record<string, string>>> {
  const pairs: [string, string][] = [];
  try {
    for await (const part of formParts(request, { parts: 20, fieldSize: longestField })) {
      if (part.type === 'file') {
        part.file.resume();
        throw InvalidError.field(part.fieldname, 'A file is not accepted here.');
      }
      if (part.valueTruncated) throw new DomainError('too_large', `${part.fieldname} is too long.`);
      pairs.push([part.fieldname, String(part.value)]);
    }
  } catch (error) {
    if (error instanceof DomainError || hasStatus(error)) throw error;
    throw new UnreadableError('The form is not valid multipart/form-data.');
  }
  return uniqueFields(pairs);
}

function hasStatus(error: unknown): boolean {
  return error instanceof Error && error.name === 'FastifyError';
}
