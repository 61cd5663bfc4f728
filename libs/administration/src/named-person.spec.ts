import { describe, expect, it, vi } from 'vitest';
import { guestFrom, type PersonDraft, PersonParser } from './named-person.js';

const parse = (...drafts: PersonDraft[]) => new PersonParser().parseAll('users', drafts);
const guest = (...drafts: PersonDraft[]) => guestFrom(parse(...drafts)[0]!);

describe('somebody who is named', () => {
  it('is the same in whatever letters, blanks aside', () => {
    const found = parse({ user: ' Ada@Example.com' }, { user: 'ada@example.COM ' }, { user: 'bo@example.com' });
    expect(found.map(({ key }) => key)).toEqual(['ada@example.com', 'bo@example.com']);
  });

  it('is as he was described first, attribute by attribute, and a name is one attribute', () => {
    const { firstName, lastName, phone, timezone } = guest(
      { user: 'ada@example.com', first: 'Ada' },
      { user: 'ADA@example.com', first: 'Other', last: 'Lewis', phone: '+6100' },
      { user: 'ada@example.com', phone: '+6111', timezone: 'UTC' },
    );
    expect([firstName, lastName, phone, timezone]).toEqual(['Ada', undefined, '+6100', 'UTC']);
  });

  it('is in a time zone that is looked up once in a request, however it is spelled and however many are in it', () => {
    const looked = vi.spyOn(Intl, 'DateTimeFormat');
    const spelled = ['Europe/Helsinki', 'europe/helsinki', 'EUROPE/HELSINKI'];
    parse(...Array.from({ length: 300 }, (_, i) => ({ user: `u${i}`, timezone: spelled[i % 3]! })));
    expect(looked).toHaveBeenCalledTimes(1);
    looked.mockRestore();
  });

  it('is called by his name or, without one, by his address in small letters', () => {
    expect(guest({ user: 'Ada@Example.com' }).displayName).toBe('ada@example.com');
    expect(guest({ user: 'ada@example.com', last: ' Lewis ' }).displayName).toBe('Lewis');
    expect(guest({ user: 'ada@example.com', first: '', last: ' ' }).displayName).toBe('ada@example.com');
  });

  it.each(['Ad\u202ea', 'Ad\u200ba', 'a  b'])('has no name of characters that are not seen: %j', (first) => {
    expect(() => parse({ user: 'a@b', first })).toThrow('users.0.name.first must have');
  });

  it('may have a name that is spelled with a joiner', () => {
    expect(guest({ user: 'a@b', first: 'نام\u200cها' }).firstName).toBe('نام\u200cها');
  });

  it('needs an address only where he is new', () => {
    expect(parse({ user: 'ada' })).toMatchObject([{ key: 'ada' }]);
    expect(() => guest({ user: 'ada' })).toThrow('users.0.user must be an e-mail address');
  });

  it.each(['+61000000001', '+4915', `+${'1'.repeat(15)}`])('may have the number %s', (phone) => {
    expect(guest({ user: 'a@b', phone }).phone).toBe(phone);
  });

  it.each(['', '+', '+0123', '0123', '+12 34', `+${'1'.repeat(16)}`, '+1a', '++12'])('has no number "%s"', (phone) => {
    expect(() => parse({ user: 'a@b', phone })).toThrow('users.0.phone must be');
  });
});
