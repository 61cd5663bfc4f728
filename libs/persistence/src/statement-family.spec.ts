import { describe, expect, it } from 'vitest';
import { statementFamily } from './statement-family.js';

describe('a family of statements', () => {
  it('prepares each text once, and none beyond its bound', () => {
    const family = statementFamily('spec.family', 2);
    expect(family('select $1::int')).toBe(family('select $1::int'));
    expect(family('select $1::int').name).not.toBe(family('select $1::text').name);
    expect(family('select $1::uuid')).toMatchObject({ name: undefined, text: 'select $1::uuid' });
  });
});
