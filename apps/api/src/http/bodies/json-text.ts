import { InvalidError, isStorableJson } from '@app/kernel';
import { parse } from 'secure-json-parse';
import { UnreadableError } from '../errors/refusal.js';

const deepest = 100;
/** Several times what the largest list of operations has. */
const mostValues = 20_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** JSON as this server takes it: UTF-8 with or without a byte order mark, no poisoned keys, bounded depth, storable text. */
export function parseJson(bytes: Uint8Array, most = mostValues): unknown {
  return parseJsonText(textOf(bytes), most);
}

export function parseJsonText(text: string, most = mostValues): unknown {
  const value = parsed(text);
  refuseShape(value, most);
  if (!isStorableJson(value)) throw new InvalidError('A text in the body holds characters that cannot be stored.');
  return value;
}

export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new UnreadableError('The body is not valid UTF-8.');
  }
}

function parsed(text: string): unknown {
  try {
    return parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    // The parser's own word for them, in a text that is otherwise JSON.
    if (error instanceof Error && error.message.includes('forbidden prototype property')) {
      throw new InvalidError('The keys __proto__ and constructor.prototype are not accepted.');
    }
    throw new UnreadableError('The body is not valid JSON.');
  }
}

/**
 * Level by level, so that depth costs no stack; and not for long, whatever was sent. Keys every object has already (`constructor`, `toString`) go with
 * `__proto__`: code that copies objects drops them without a word, or fails.
 */
function refuseShape(value: unknown, most: number): void {
  let level: unknown[] = [value];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) throw new InvalidError(`The body is nested deeper than ${deepest} levels.`);

    const next: unknown[] = [];
    for (const item of level) {
      if (item === null || typeof item !== 'object') continue;
      values += Array.isArray(item) ? item.length : Object.keys(item).length;
      if (values > most) throw new InvalidError(`The body has more than ${most} values.`);
      for (const [key, inner] of Object.entries(item)) {
        if (key in Object.prototype) throw new InvalidError(`The key ${key} is not accepted.`);
        next.push(inner);
      }
    }
    level = next;
  }
}
