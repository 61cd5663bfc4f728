import type { Field } from './fields.js';
import type { Token } from './filter-tokens.js';
import { parseInstant } from './instant.js';

export type Literal = string | number | boolean | Date;

// JSON's numbers: no 0x10, no 007, no .5
const numeral = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const read: Record<Field['type'], (token: Token, field: Field) => Literal | undefined> = {
  text: readText,
  id: readText,
  enum: (token, field) => inTableSpelling(readText(token), field),
  boolean: readBoolean,
  number: readNumber,
  instant: readInstant,
};

/** What a literal of each type looks like, for messages. */
export const literalForms: Record<Field['type'], string> = {
  text: 'a text in double quotes',
  id: 'an id in double quotes',
  enum: 'a text in double quotes',
  boolean: 'true or false',
  number: 'a number',
  instant: 'an RFC 3339 date-time with zone, such as 2018-12-18T23:05:55Z',
};

/** The token as a value of the field's type, or undefined when it is none. */
export function readLiteral(token: Token, field: Field): Literal | undefined {
  return read[field.type](token, field);
}

function readText(token: Token): string | undefined {
  return token.kind === 'text' ? token.value : undefined;
}

/** An unknown value is kept: no record has it, which is an answer and not a mistake. */
function inTableSpelling(text: string | undefined, field: Field): string | undefined {
  if (text === undefined || field.type !== 'enum') return text;

  const sought = text.toLowerCase();
  return field.values.find((value) => value.toLowerCase() === sought) ?? text;
}

function readBoolean(token: Token): boolean | undefined {
  if (token.kind !== 'word') return undefined;
  return token.value === 'true' ? true : token.value === 'false' ? false : undefined;
}

function readNumber(token: Token): number | undefined {
  const number = token.kind === 'word' && numeral.test(token.value) ? Number(token.value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** Bare in the vendor's examples, quoted by many clients. */
function readInstant(token: Token): Date | undefined {
  return token.kind === 'word' || token.kind === 'text' ? parseInstant(token.value) : undefined;
}
