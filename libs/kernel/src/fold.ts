/** The text as stored: NFC, so that composed and decomposed spellings of a letter are one. */
export function compose(text: string): string {
  return text.normalize('NFC');
}

/**
 * The key by which texts are compared without case. Entities, sync and queries all use this one function, and the
 * database compares the results byte by byte: no locale has a say. The sigma at the end of a word is a sigma, or a key
 * would depend on what follows, and the key of a beginning would not begin the key of the whole.
 */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('\u03c2', '\u03c3').normalize('NFC');
}

export function foldOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : fold(text);
}
