export function distinctTexts(texts: readonly (string | null)[]): string[] {
  return [...new Set(texts)].filter((text): text is string => text !== null && text !== '');
}
