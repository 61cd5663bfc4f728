import { InvalidError } from '@app/kernel';
import type { SecretBox, SecretPlace } from '@app/secrets';
import type { AttemptSecrets } from './provider-client.js';

/** A sign-in that was begun: of whom it may be, and what it must bring back. */
export interface Attempt extends AttemptSecrets {
  /** Slug; null: the server's first organization. */
  readonly organization: string | null;
}

/** So long somebody may take to sign in at the provider. */
export const attemptSeconds = 600;

/**
 * The browser that begins a sign-in keeps it, sealed, and nobody else can go on with it: so no row waits for those who
 * never come back.
 */
export class AttemptTickets {
  constructor(private readonly box: SecretBox) {}

  write(provider: string, attempt: Attempt): string {
    return this.box.seal(placeOf(provider), JSON.stringify([Date.now() + attemptSeconds * 1_000, attempt]));
  }

  /** @throws InvalidError if it is none of ours, of another provider, or too old */
  read(provider: string, ticket: string | undefined): Attempt {
    const [until, attempt] = this.opened(provider, ticket);
    if (until < Date.now()) throw notBegun();
    return attempt;
  }

  private opened(provider: string, ticket: string | undefined): [number, Attempt] {
    try {
      return JSON.parse(this.box.open(placeOf(provider), ticket ?? '')) as [number, Attempt];
    } catch {
      throw notBegun();
    }
  }
}

/**
 * The provider gives the state back with whatever it answers (RFC 6749 §4.1.2), and nobody else knows it: a page that leads
 * a browser here cannot make up an answer that is looked at and, being wrong, counts.
 */
export function requireAnswer(query: string, { state }: Pick<Attempt, 'state'>): void {
  const answer = new URLSearchParams(query);
  const states = answer.getAll('state');
  if (states.length === 1 && states[0] === state && (answer.has('code') || answer.has('error'))) return;
  throw new InvalidError('This answers no sign-in that was begun in this browser: begin it anew.');
}

function placeOf(provider: string): SecretPlace {
  return { organizationId: null, table: 'cookie', row: provider, column: 'sign-in' };
}

/** No credential was tried: whoever leads a browser here from elsewhere must not be able to have it counted. */
function notBegun(): InvalidError {
  return new InvalidError('This sign-in was not begun in this browser, or too long ago: begin it anew.');
}
