import { describe, expect, it } from 'vitest';
import { requestIdOf } from './request-id.js';

const idFor = (sent?: string | string[]) =>
  requestIdOf({ headers: sent === undefined ? {} : { 'x-request-id': sent } });

describe('the id of a request', () => {
  it.each([['a'], ['A-1_b.c'], ['x'.repeat(64)]])("is the client's own where it is harmless: %s", (sent) => {
    expect(idFor(sent)).toBe(sent);
  });

  it.each([[undefined], [''], ['x'.repeat(65)], ['a b'], ['a"b'], ['a\n'], ['ä'], [['a', 'b']], ['a,b']])(
    'is new in place of %j',
    (sent) => {
      expect(idFor(sent)).toMatch(/^[0-9a-f]{32}$/);
    },
  );
});
