import { describe, expect, it } from 'vitest';
import { CursorCodec } from './cursor.js';
import { SecretBox } from './secret-box.js';

const box = new SecretBox(Buffer.alloc(32, 1));
const codec = new CursorCodec(box, 'owners', 'after');
const position = ['2024-01-09T11:01:00.123Z', '01890000-0000-7000-8000-000000000000'];

describe('cursors', () => {
  it('bring the position back under the same filters', () => {
    expect(codec.decode(codec.encode(position, { status: 'active' }), { status: 'active' })).toEqual(position);
  });

  it('are refused under other filters', () => {
    const cursor = codec.encode(position, { status: 'active' });
    expect(() => codec.decode(cursor, { status: 'inactive' })).toThrow('after is not a cursor of this query.');
  });

  it('are refused by another list and another server', () => {
    const cursor = codec.encode(position, null);
    const elsewhere = [
      new CursorCodec(box, 'apps', 'after'),
      new CursorCodec(new SecretBox(Buffer.alloc(32, 2)), 'owners', 'after'),
    ];
    for (const other of elsewhere) expect(() => other.decode(cursor, null)).toThrow(/not a cursor/);
  });

  it.each(['', 'x', 'cursor-token', '"', '{}', 'W10', 'A'.repeat(5_000), '\u0000', '%00', '🙂'])(
    'are refused when made up: %j',
    (cursor) => expect(() => codec.decode(cursor, null)).toThrow(/not a cursor/),
  );

  it('are refused when a letter changed', () => {
    const cursor = codec.encode(position, null);
    for (let i = 0; i < cursor.length - 1; i += 7) {
      const altered = cursor.slice(0, i) + (cursor[i] === 'A' ? 'B' : 'A') + cursor.slice(i + 1);
      expect(() => codec.decode(altered, null)).toThrow(/not a cursor/);
    }
  });
});
