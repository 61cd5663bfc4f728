import { compose, InvalidError } from '@app/kernel';

type Metadata = Readonly<Record<string, unknown>>;

/** As searches name them. */
const keyShape = /^(?!__proto__$)[A-Za-z0-9_.-]{1,64}$/;
const mostKeys = 100;
/** A search compares no longer text. */
const longestText = 1_000;

/** What was there, with what is said by key: null or a blank text takes a key away, and others stay. */
export function mergeMetadata(now: Metadata, sent: Metadata): Metadata {
  const merged = new Map(Object.entries(now));
  for (const [key, value] of Object.entries(sent)) {
    if (!keyShape.test(key)) {
      throw InvalidError.field(
        'metadata',
        'Keys of metadata have 1 to 64 letters, digits, dots, dashes and underscores.',
      );
    }
    if (merged.get(key) === value) continue;
    const stored = storedValue(`metadata.${key}`, value);
    if (stored === null) merged.delete(key);
    else merged.set(key, stored);
  }
  if (merged.size > mostKeys && merged.size > Object.keys(now).length) {
    throw InvalidError.field('metadata', `metadata holds at most ${mostKeys} keys.`);
  }
  return Object.fromEntries(merged);
}

function storedValue(field: string, value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  // What is too large for a number was read as infinite.
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'string') {
    throw InvalidError.field(field, `${field} must be a text, a number, true, false or null.`);
  }
  const text = compose(value).trim();
  if (text.length > longestText)
    throw InvalidError.field(field, `${field} must have at most ${longestText} characters.`);
  return text === '' ? null : text;
}
