import { QueryError } from './query-error.js';

export type Token = {
  readonly kind: 'open' | 'close' | 'comma' | 'text' | 'word' | 'end';
  /** What a text token says between its quotes, unescaped; otherwise the characters as sent. */
  readonly value: string;
  readonly at: number;
};

const punctuation: Readonly<Record<string, 'open' | 'close' | 'comma'>> = { '(': 'open', ')': 'close', ',': 'comma' };
const blank = /[ \t\r\n]/;
const wordEnd = /[ \t\r\n(),"]/;
const escapable = /["\\]/;

/** One pass, each character read a fixed number of times; ends with an `end` token. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (blank.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const { token, next } = readToken(text, at);
    tokens.push(token);
    at = next;
  }
  tokens.push({ kind: 'end', value: '', at });
  return tokens;
}

function readToken(text: string, at: number): { token: Token; next: number } {
  const first = text.charAt(at);
  if (first === '"') return readText(text, at);

  const mark = punctuation[first];
  return mark ? { token: { kind: mark, value: first, at }, next: at + 1 } : readWord(text, at);
}

function readWord(text: string, at: number): { token: Token; next: number } {
  let next = at;
  while (next < text.length && !wordEnd.test(text.charAt(next))) next += 1;
  return { token: { kind: 'word', value: text.slice(at, next), at }, next };
}

function readText(text: string, at: number): { token: Token; next: number } {
  let value = '';
  for (let next = at + 1; next < text.length; next += 1) {
    const character = text.charAt(next);
    if (character === '"') return { token: { kind: 'text', value, at }, next: next + 1 };

    if (character === '\\') next += 1;
    value += character === '\\' ? escaped(text, next) : character;
  }
  throw QueryError.at(at, 'unfinished text', 'a text ends with a double quote');
}

function escaped(text: string, at: number): string {
  const character = text.charAt(at);
  if (escapable.test(character)) return character;
  throw QueryError.at(at - 1, 'unknown escape', 'only \\" and \\\\ are escapes');
}
