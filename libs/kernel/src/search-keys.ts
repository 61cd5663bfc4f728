import { fold } from './fold.js';

/** What is searched of an owner without having a column of its own key. */
export interface SearchedTexts {
  readonly location?: string | null;
  readonly employmentType?: string | null;
  readonly phone?: string | null;
  readonly mobilePhone?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** Folded texts by name, metadata by `metadata.<key>`; null: there is none any more. A number or a truth is its text. */
export function searchKeysOf({ metadata, ...texts }: SearchedTexts): Record<string, string | null> {
  const named = [
    ...Object.entries(texts),
    ...Object.entries(metadata ?? {}).map(([key, value]) => [`metadata.${key}`, value] as const),
  ];
  return Object.fromEntries(named.map(([name, value]) => [name, keyOf(value)]));
}

function keyOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? fold(String(value))
    : null;
}
