/** What a spreadsheet would run as a formula, or strip so that one begins. */
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/;

/** A text that a spreadsheet takes for a formula, or that looks like one so guarded, gets a `'` in front. */
export function guardFormula(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/** The text before it was guarded, here or by another program that does as is usual. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text;
}
