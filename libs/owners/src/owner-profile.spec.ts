import { describe, expect, it } from 'vitest';
import { InvalidError } from '@app/kernel';
import {
  changedProfile,
  documentOf,
  fieldsThatDiffer,
  type OwnerChanges,
  type OwnerProfile,
  profileColumns,
  profileValues,
  unknownOwner,
} from './owner-profile.js';

const ada: OwnerProfile = changedProfile(unknownOwner, {
  name: 'Ada',
  email: 'ada@example.com',
  department: 'Sales',
  start_date: '2020-01-31',
  metadata: { grade: 7, city: 'Cairo' },
});
const change = (changes: OwnerChanges, now = ada) => changedProfile(now, changes);

function refusedField(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidError) return error.details[0]?.field;
    throw error;
  }
  return undefined;
}

describe('an owner', () => {
  it('is an active human unless told otherwise', () => {
    expect(ada).toMatchObject({ owner_type: 'human', status: 'active', manager_id: null, alt_email: null });
  });

  it('has texts without blanks around them, composed', () => {
    expect(change({ name: ' Zoe\u0308 ', department: '\tR&D\n', email: ' Zoe\u0308@example.com ' })).toMatchObject({
      name: 'Zo\u00eb',
      department: 'R&D',
      email: 'Zo\u00eb@example.com',
    });
  });

  it('keeps what is not named, and loses what is named with null or a blank text', () => {
    expect(change({})).toEqual(ada);
    expect(change({ department: null }).department).toBeNull();
    expect(change({ department: '  ' }).department).toBeNull();
    expect(change({ title: 'x' })).toMatchObject({ title: 'x', department: 'Sales' });
  });

  it.each([
    ['name', { name: '  ' }],
    ['name', { name: 'x'.repeat(257) }],
    ['name', { name: 'a\u0007b' }],
    ['department', { department: 'x'.repeat(257) }],
    ['title', { title: 'x'.repeat(257) }],
    ['location', { location: 'x'.repeat(257) }],
    ['employment_type', { employment_type: 'x'.repeat(257) }],
    ['identity_id', { identity_id: 'x'.repeat(257) }],
    ['phone', { phone: 'x'.repeat(257) }],
    ['mobile_phone', { mobile_phone: 'x'.repeat(257) }],
    ['email', { email: 'ada' }],
    ['email', { email: '' }],
    ['email', { email: 'a@b@c' }],
    ['email', { email: 'a b@example.com' }],
    ['email', { email: '@example.com' }],
    ['email', { email: `${'a'.repeat(243)}@example.com` }],
    ['email', { email: null }],
    ['alt_email', { alt_email: 'ada@' }],
    ['start_date', { start_date: '2020-02-30' }],
    ['start_date', { start_date: '2021-02-29' }],
    ['start_date', { start_date: '0000-01-01' }],
    ['start_date', { start_date: '2020-1-1' }],
    ['start_date', { start_date: '20200101' }],
    ['start_date', { start_date: '2020-01-01T00:00:00Z' }],
    ['end_date', { end_date: '' }],
    ['end_date', { end_date: 'tomorrow' }],
    ['end_date', { end_date: '2020-01-30' }],
    ['end_date', { start_date: '2020-03-01', end_date: '2020-02-01' }],
  ] satisfies [string, OwnerChanges][])('has no such %s: %j', (field, changes) => {
    expect(refusedField(() => change(changes))).toBe(field);
  });

  it.each([
    { name: 'x'.repeat(256) },
    { name: ` ${'x'.repeat(256)} ` },
    { email: `${'a'.repeat(242)}@example.com` },
    { start_date: '2020-02-29', end_date: '2020-02-29' },
    { end_date: '9999-12-31' },
  ])('may have %j', (changes) => {
    expect(refusedField(() => change(changes))).toBeUndefined();
  });

  it('ends after the start also where only one of the two is named', () => {
    const leaving = change({ end_date: '2021-01-01' });
    expect(refusedField(() => change({ start_date: '2021-01-02' }, leaving))).toBe('end_date');
    expect(refusedField(() => change({ start_date: '2021-01-01' }, leaving))).toBeUndefined();
  });

  it('may have stored what is refused today, as long as it is not named anew', () => {
    const odd = {
      ...ada,
      name: 'x'.repeat(300),
      email: 'no address',
      start_date: '2022-01-01',
      end_date: '2021-01-01',
    };
    expect(change({ title: 'Boss' }, odd)).toEqual({ ...odd, title: 'Boss' });
    expect(change({ name: odd.name, email: odd.email, end_date: odd.end_date }, odd)).toEqual(odd);
  });
});

describe('the address of a human', () => {
  const nameless = { ...ada, email: null };
  const machine = change({ owner_type: 'service', email: null });

  it('is required, and of nobody else', () => {
    expect(refusedField(() => changedProfile(unknownOwner, { name: 'Ada' }))).toBe('email');
    expect(machine.email).toBeNull();
    expect(refusedField(() => change({ owner_type: 'human' }, machine))).toBe('email');
    expect(refusedField(() => change({ owner_type: 'human', email: 'm@example.com' }, machine))).toBeUndefined();
  });

  it('may lack where a run has made him so, who can be changed all the same', () => {
    expect(change({ title: 'Boss', email: null, owner_type: 'human' }, nameless)).toMatchObject({ title: 'Boss' });
  });
});

describe('metadata', () => {
  const metadata = (sent: Record<string, unknown>, now = ada) => change({ metadata: sent }, now).metadata;

  it('is changed key by key, and null or a blank text takes a key away', () => {
    expect(metadata({ city: null, 'cost.center-1_A': ' CC 7 ', remote: false })).toEqual({
      grade: 7,
      'cost.center-1_A': 'CC 7',
      remote: false,
    });
    expect(metadata({ grade: ' ', unknown: null })).toEqual({ city: 'Cairo' });
    expect(metadata({})).toEqual(ada.metadata);
  });

  it.each([
    ['metadata', { '': 1 }],
    ['metadata', { 'a b': 1 }],
    ['metadata', { é: 1 }],
    ['metadata', { ['x'.repeat(65)]: 1 }],
    ['metadata', JSON.parse('{"__proto__": 1}')],
    ['metadata.a', { a: {} }],
    ['metadata.a', { a: [] }],
    ['metadata.a', { a: Number.POSITIVE_INFINITY }],
    ['metadata.a', { a: 'x'.repeat(1_001) }],
  ] as [string, Record<string, unknown>][])('holds scalars under names a search knows: %s %j', (field, sent) => {
    expect(refusedField(() => metadata(sent))).toBe(field);
  });

  it('has at most a hundred keys, unless it has had more', () => {
    const keys = (many: number) => Object.fromEntries(Array.from({ length: many }, (_, i) => [`k${i}`, i]));
    expect(refusedField(() => metadata(keys(98)))).toBeUndefined();
    expect(refusedField(() => metadata(keys(99)))).toBe('metadata');
    const rich = { ...ada, metadata: keys(150) };
    expect(metadata({ k0: null, k1: 'x' }, rich)).toMatchObject({ k1: 'x' });
    expect(refusedField(() => metadata({ k150: 1 }, rich))).toBe('metadata');
  });

  it('may hold a longer text that a run has brought', () => {
    const rich = { ...ada, metadata: { story: 'x'.repeat(5_000) } };
    expect(metadata({ story: rich.metadata.story, a: 1 }, rich)).toEqual({ ...rich.metadata, a: 1 });
  });
});

describe('what differs', () => {
  it('is told by name, metadata as one', () => {
    expect(fieldsThatDiffer(ada, change({ title: 'x', metadata: { grade: 8 } }))).toEqual(['title', 'metadata']);
    expect(fieldsThatDiffer(ada, change({ name: ' Ada ', metadata: { grade: 7 } }))).toEqual([]);
    expect(fieldsThatDiffer(ada, change({ metadata: { grade: '7' } }))).toEqual(['metadata']);
  });
});

describe('the stored columns', () => {
  it('have their folded twins, and texts without one are folded for searches', () => {
    const owner = change({ title: 'BOSS', location: 'KÖLN', phone: '+20 A', metadata: { city: 'GIZA', grade: 1.5 } });
    const columns = Object.fromEntries(profileColumns.map((column, i) => [column, profileValues(owner)[i]]));
    expect(columns).toMatchObject({ name_key: 'ada', title: 'BOSS', title_key: 'boss', alt_email_key: null });
    expect(columns).toMatchObject({ email_key: 'ada@example.com', identity_key: null, department_key: 'sales' });
    expect(JSON.parse(String(columns['search_keys']))).toEqual({
      location: 'köln',
      phone: '+20 a',
      'metadata.city': 'giza',
      'metadata.grade': '1.5',
    });
  });
});

describe('the document of an owner', () => {
  it('tells what has a value, and not who his manager is', () => {
    expect(documentOf({ ...ada, manager_id: 'x', metadata: {} })).toEqual({
      name: 'Ada',
      email: 'ada@example.com',
      department: 'Sales',
      owner_type: 'human',
      status: 'active',
      start_date: '2020-01-31',
    });
  });
});
