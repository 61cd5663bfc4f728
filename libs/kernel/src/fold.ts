/** The text as stored: NFC, so that composed and decomposed spellings of a letter are one. */
export function compose(text: string): string {
  return text.normalize('NFC');
}

/**
 * The key by which texts are compared without case. Entities, sync and queries all use this one function, and the
 * database compares the results byte by byte: no locale has a say.
 */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC');
}

export function foldOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : fold(text);
}
