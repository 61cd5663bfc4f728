import { createHash } from 'node:crypto';
import { InvalidError } from '@app/kernel';
import type { SecretBox } from './secret-box.js';

/** Opaque positions in a list. They are signed, bound to the list and its filters, and never expire. */
export class CursorCodec {
  constructor(
    private readonly box: SecretBox,
    /** Which list, such as `owners`. */
    private readonly list: string,
    /** Name of the parameter the cursor comes back in, for the error. */
    private readonly parameter: string,
  ) {}

  encode(position: readonly string[], filters: unknown): string {
    const payload = JSON.stringify([1, digest(filters), ...position]);
    return Buffer.from(payload + this.signature(payload)).toString('base64url');
  }

  /** The position, or a refusal of garbage, forgeries and cursors of another query. */
  decode(cursor: string, filters: unknown): string[] {
    const text = Buffer.from(cursor, 'base64url').toString();
    const payload = text.slice(0, -16);
    if (cursor.length > 1_000 || payload.length === 0 || this.signature(payload) !== text.slice(-16))
      throw this.refusal();
    const [version, query, ...position] = JSON.parse(payload) as [number, string, ...string[]];
    if (version !== 1 || query !== digest(filters)) throw this.refusal();
    return position;
  }

  private signature(payload: string): string {
    return this.box.sign('cursor', JSON.stringify([this.list, payload]));
  }

  private refusal(): InvalidError {
    return InvalidError.field(this.parameter, `${this.parameter} is not a cursor of this query.`);
  }
}

function digest(filters: unknown): string {
  return createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 12);
}
