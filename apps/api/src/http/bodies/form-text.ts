import { InvalidError, isStorable } from '@app/kernel';
import { UnreadableError } from '../errors/refusal.js';

/** Fields of a form, each sent once. Kept apart from JSON: an operation that takes JSON answers 415 to it. */
export class FormFields {
  constructor(readonly fields: Readonly<Record<string, string>>) {}
}

/** Many times what any form here has: a body of nothing but fields takes longer to read than it took to send. */
const mostFields = 100;

/** `application/x-www-form-urlencoded`, read strictly: a repeated field or a broken escape is refused, not guessed at. */
export function parseForm(text: string): FormFields {
  const sent = text.split('&', mostFields + 1);
  if (sent.length > mostFields) throw new InvalidError(`A form may hold ${mostFields} fields.`);
  return new FormFields(uniqueFields(sent.filter(Boolean).map(pair)));
}

export function uniqueFields(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (fields.has(name)) throw InvalidError.field(name, `${name} must be given once.`);
    if (!isStorable(name) || !isStorable(value)) {
      throw new InvalidError('A text in the form holds characters that cannot be stored.');
    }
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

function pair(text: string): readonly [string, string] {
  const split = text.indexOf('=');
  return split < 0 ? [unescaped(text), ''] : [unescaped(text.slice(0, split)), unescaped(text.slice(split + 1))];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new UnreadableError('The form holds a broken percent escape.');
  }
}
