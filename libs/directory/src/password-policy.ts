import { compose, isStorable, type PasswordValiditySetting } from '@app/kernel';
import { guessesFor, prepareGuessing } from './password-guesses.js';

/** Of whom a password must not speak. */
export interface PasswordContext {
  readonly userName?: string | undefined;
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
}

const productName = 'ostiary';
/** Words shorter than this say nothing about a password they happen to stand in. */
const shortestWord = 4;
/**
 * Decimal logarithm of the guesses that a password must stand, for somebody who got hold of its hash: ten thousand a
 * second for thirty years. Fifteen letters by chance and five words of a list stand a hundred times as many.
 */
const enough = 13;
/** Where passwords may be short, they stand less: all but two of their letters must count. */
const lettersToSpare = 2;

/**
 * What a password must be (NIST SP 800-63B-4 §3.1.1.2): long, not one that is guessed first, and not about its owner
 * or this product. No kinds of letters are asked for, and it never grows old by itself.
 */
export class PasswordPolicy {
  constructor(private readonly policy: PasswordValiditySetting) {}

  /** Makes ready what the first refusal would wait for. */
  async prepare(): Promise<void> {
    await prepareGuessing();
  }

  /** Why the password is refused, without repeating it; undefined if it is good. */
  async refusal(password: string, context: PasswordContext = {}): Promise<string | undefined> {
    if (!isStorable(password)) return 'The password holds a character that cannot be stored.';
    const composed = compose(password);
    const length = Array.from(composed).length;
    const { minLength, maxLength } = this.policy;
    if (length < minLength) return `The password needs at least ${minLength} characters; this one has ${length}.`;
    if (length > maxLength) return `The password may have at most ${maxLength} characters; this one has ${length}.`;

    const lower = composed.toLowerCase();
    if (this.policy.blocked.has(lower)) return 'This password is among those that are guessed first.';
    return aboutItsOwner(lower, context) ?? this.guessability(composed, context);
  }

  private async guessability(password: string, context: PasswordContext): Promise<string | undefined> {
    if (new Set(password.toLowerCase()).size < 5) return 'The password has too few different characters.';
    const { magnitude, parts } = await guessesFor(password, [productName, ...wordsOf(context)]);
    if (magnitude >= Math.min(enough, this.policy.minLength - lettersToSpare)) return undefined;
    return `The password is easily guessed: it is made of ${parts.join(', ')}.`;
  }
}

/** Names, and what they are put together from. */
function wordsOf({ userName, displayName, email }: PasswordContext): string[] {
  const names = [userName, displayName, email].filter((name) => name !== undefined);
  return names.flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)]).filter((name) => name !== '');
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
