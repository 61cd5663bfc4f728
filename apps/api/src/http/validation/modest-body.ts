import { InvalidError } from '@app/kernel';

/** More than any body here has by far. Making sense of many takes longer than reading them. */
const mostFields = 1_000;

/** Refuses a body that is small to send and dear to judge, before anything looks at its fields. */
export function requireModest(body: unknown): void {
  const waiting = [body];
  let fields = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value === null || typeof value !== 'object') continue;
    const inner = Array.isArray(value) ? value : Object.values(value);
    if (!Array.isArray(value)) fields += inner.length;
    if (fields > mostFields) throw new InvalidError(`The body has more than ${mostFields} fields.`);
    for (const one of inner) waiting.push(one);
  }
}

const longestName = 100;

/** A name that somebody sent, as an answer repeats it. */
export function repeated(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}
