/** PostgreSQL text cannot hold U+0000, and a lone surrogate is no character at all: both are refused at the door. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

/** Whether every string in a JSON value, keys included, can be stored. */
export function isStorableJson(value: unknown): boolean {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string') {
      if (!isStorable(next)) return false;
    } else if (Array.isArray(next)) {
      for (const item of next) left.push(item);
    } else if (next !== null && typeof next === 'object') {
      for (const [key, item] of Object.entries(next)) left.push(key, item);
    }
  }
  return true;
}

/** What a mail server takes (RFC 5321 §4.5.3.1.3, without the brackets). */
export const longestEmail = 254;

const mailAddress = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u;

/** An address as mail programs agree on without quotes: nothing in it could end it or begin another. */
export function isMailAddress(text: string): boolean {
  return mailAddress.test(text);
}

/** A text where only a line has its place, as a subject or a remark: no line break and no control character gets there. */
export function oneLine(text: string, longest = 300): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return Array.from(line).slice(0, longest).join('');
}

/** Control characters, what else is not seen, or is not to be told from a blank; U+2800 is the braille pattern without a dot. */
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{White_Space}|  /u;

/** Whether something in a text has no sight of its own, or turns what stands around it. */
export function hasUnseen(text: string): boolean {
  return unseen.test(text);
}
