import { detailsSchema, type ErrorWriter, objectOf, sentence, text } from './error-writer.js';

/** The directory's, and of whatever belongs to no other surface. */
export const directoryErrors: ErrorWriter = {
  name: 'DirectoryError',
  body: (refusal, context) => ({
    error: sentence(refusal, context),
    code: refusal.reason ?? (refusal.code === 'internal' ? 'internal_error' : refusal.code),
    ...(refusal.details.length > 0 && { details: refusal.details }),
  }),
  schemas: { default: objectOf({ error: text, code: text, details: detailsSchema }, ['details']) },
};
