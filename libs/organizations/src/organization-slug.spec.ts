import { describe, expect, it } from 'vitest';
import { InvalidError } from '@app/kernel';
import { parseSlug, slugFor } from './organization-slug.js';

describe('a slug', () => {
  it.each(['abc', 'a1b2', '000', 'www2', 'mailroom', 'x'.repeat(32)])('may be %s', (slug) =>
    expect(parseSlug('slug', slug)).toBe(slug),
  );

  it.each([
    '',
    'ab',
    'x'.repeat(33),
    'Acme',
    'a-b',
    'a b c',
    ' abc',
    'abc\n',
    'äbc',
    'abc\u0000',
    'www',
    'api',
    'mail',
  ])('is never %j', (slug) => expect(() => parseSlug('slug', slug)).toThrow(InvalidError));

  it.each([
    ['Environment Inc', /^environmentinc[a-z0-9]{6}$/],
    ['Crème & Co', /^cremeco[a-z0-9]{6}$/],
    ['日本', /^[a-z0-9]{6}$/],
    ['x'.repeat(128), /^x{24}[a-z0-9]{6}$/],
  ])('made for %s has what can stand there of it', (name, shape) => {
    expect(slugFor(name)).toMatch(shape);
    expect(parseSlug('slug', slugFor(name))).toMatch(shape);
  });

  it('made twice for a name is two', () => {
    expect(new Set(Array.from({ length: 50 }, () => slugFor('Acme'))).size).toBe(50);
  });
});
