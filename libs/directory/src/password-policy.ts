import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { compose, isStorable, type PasswordValiditySetting } from '@app/kernel';

/** Of whom a password must not speak. */
export interface PasswordContext {
  readonly userName?: string | undefined;
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
}

const productName = 'ostiary';
/** Words shorter than this say nothing about a password they happen to stand in. */
const shortestWord = 4;
/** A password that is nothing but words of this rank and patterns is as good as guessed. */
const everybodysRank = 300;

/**
 * What a password must be (NIST SP 800-63B-4 §3.1.1.2): long, not one that is guessed first, and not about its owner
 * or this product. No kinds of letters are asked for, and it never grows old by itself.
 */
export class PasswordPolicy {
  private lists: { readonly all: ReadonlySet<string>; readonly everybodys: ReadonlySet<string> } | undefined;

  constructor(private readonly policy: PasswordValiditySetting) {}

  /** Why the password is refused, without repeating it; undefined if it is good. */
  refusal(password: string, context: PasswordContext = {}): string | undefined {
    if (!isStorable(password)) return 'The password holds a character that cannot be stored.';
    const composed = compose(password);
    const length = Array.from(composed).length;
    const { minLength, maxLength } = this.policy;
    if (length < minLength) return `The password needs at least ${minLength} characters; this one has ${length}.`;
    if (length > maxLength) return `The password may have at most ${maxLength} characters; this one has ${length}.`;

    const lower = composed.toLowerCase();
    return this.commonness(lower) ?? aboutItsOwner(lower, context);
  }

  private commonness(lower: string): string | undefined {
    const { all, everybodys } = (this.lists ??= loadLists());
    if (all.has(lower) || this.policy.blocked.has(lower)) return 'This password is among those that are guessed first.';
    if (new Set(lower).size < 5) return 'The password has too few different characters.';
    if (repeatedUnit(lower) < this.policy.minLength) return 'The password is one short text over and over.';
    const word = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
    if (word.length >= shortestWord && all.has(word))
      return 'The password is a common one with digits or signs around it.';
    if (unpredictable(lower, everybodys) < shortestWord)
      return 'The password is made of common words, sequences and keyboard patterns only.';
    return undefined;
  }
}

/** Made at the first use: processes that judge no passwords do not carry them. */
function loadLists() {
  const passwords = dictionary['passwords-common'];
  const frequent = passwords.slice(0, everybodysRank).filter((word) => word.length >= shortestWord);
  return { all: new Set(passwords), everybodys: new Set(frequent) };
}

function aboutItsOwner(lower: string, { userName, displayName, email }: PasswordContext): string | undefined {
  const names = [
    ['the name of this product', productName],
    ['the user name', userName],
    ['the display name', displayName],
    ['the e-mail address', email?.split('@')[0]],
  ] as const;
  const found = names.find(([, name]) => name !== undefined && contains(lower, compose(name).trim().toLowerCase()));
  return found && `The password contains ${found[0]}.`;
}

function contains(lower: string, name: string): boolean {
  return [name, name.replace(/\s+/g, '')].some((form) => form.length >= shortestWord && lower.includes(form));
}

/** Length of the shortest text that, repeated, makes up the whole (the last time perhaps cut short). */
function repeatedUnit(text: string): number {
  for (let unit = 1; unit * 2 <= text.length; unit++) {
    if (
      text ===
      text
        .slice(0, unit)
        .repeat(Math.ceil(text.length / unit))
        .slice(0, text.length)
    )
      return unit;
  }
  return Infinity;
}

/** How many characters are left without the common words, sequences and keyboard walks. */
function unpredictable(lower: string, words: ReadonlySet<string>): number {
  let left = 0;
  for (let at = 0; at < lower.length;) {
    const known = Math.max(wordAt(lower, at, words), walkAt(lower, at));
    if (known === 0) left++;
    at += Math.max(1, known);
  }
  return left;
}

const longestWord = 20;

function wordAt(text: string, at: number, words: ReadonlySet<string>): number {
  for (let length = Math.min(longestWord, text.length - at); length >= shortestWord; length--) {
    if (words.has(text.slice(at, at + length))) return length;
  }
  return 0;
}

/** A run of neighbours: the same, the next or the one before in the alphabet or among digits, or on a keyboard. */
function walkAt(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && areNeighbours(text[end - 1]!, text[end]!)) end++;
  return end - at >= 3 ? end - at : 0;
}

function areNeighbours(a: string, b: string): boolean {
  const step = b.charCodeAt(0) - a.charCodeAt(0);
  return Math.abs(step) <= 1 || onKeyboard(a, b) || onKeyboard(b, a);
}

const keyboard: Readonly<Record<string, readonly (string | null)[]>> = adjacencyGraphs.qwerty;

function onKeyboard(a: string, b: string): boolean {
  return (keyboard[a] ?? []).some((keys) => keys?.includes(b));
}
