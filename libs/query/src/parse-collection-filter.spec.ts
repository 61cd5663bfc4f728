import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { and, type Comparison, type Condition, everything, not, or } from './condition.js';
import type { FieldTable } from './fields.js';
import { parseCollectionFilter } from './parse-collection-filter.js';
import { QueryError } from './query-error.js';

const comparisons = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;

const fields = {
  id: { path: 'id', type: 'id', ops: ['eq', 'in', 'sw'] },
  name: { path: 'displayName', type: 'text', ops: [...comparisons, 'co', 'sw', 'in', 'pr', 'isnull'] },
  'identity.name': { path: 'owner.name', type: 'text', ops: ['eq', 'in', 'sw'] },
  state: { path: 'status', type: 'enum', ops: ['eq', 'ne', 'in', 'sw'], values: ['ACTIVE', 'INACTIVE_LONG_TERM'] },
  locked: { path: 'locked', type: 'boolean', ops: ['eq', 'in'] },
  logins: { path: 'loginCount', type: 'number', ops: [...comparisons, 'in'] },
  created: { path: 'createdAt', type: 'instant', ops: [...comparisons, 'in', 'isnull'] },
  entitlements: { path: 'entitlements.id', type: 'id', ops: ['eq', 'ca'] },
} as const satisfies FieldTable;

const known = 'filterable fields are id, name, identity.name, state, locked, logins, created, entitlements';
const parse = (text: string) => parseCollectionFilter(text, fields);

function compare(path: string, op: Comparison, value: string | number | boolean | Date): Condition {
  return { kind: 'compare', path, op, value };
}

const named = (name: string) => compare('displayName', 'eq', name);
const isNull = (path: string): Condition => ({ kind: 'isNull', path });
const noon = new Date('2018-12-18T12:00:00Z');

function failureOf(text: string): unknown {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    return error;
  }
}

function refusalOf(text: string): QueryError {
  const failure = failureOf(text);
  if (failure instanceof QueryError) return failure;
  throw new Error(`no QueryError for ${text.slice(0, 60)}`, { cause: failure });
}

describe('parseCollectionFilter', () => {
  it.each<[string, Condition]>([
    ['', everything],
    [' \t\r\n ', everything],
    ['name eq "Ann"', named('Ann')],
    ['name ne "Ann"', compare('displayName', 'ne', 'Ann')],
    ['name ge "A"', compare('displayName', 'ge', 'A')],
    ['name eq ""', named('')],
    ['  name\teq\n"Ann"  ', named('Ann')],
    ['name eq"Ann"', named('Ann')],
    ['name eq "a \\"b\\" \\\\c"', named('a "b" \\c')],
    ['name eq "it\'s 100% (a, b) & #1"', named("it's 100% (a, b) & #1")],
    ['name eq "line\nbreak 😀"', named('line\nbreak 😀')],
    ['name eq "not or and"', named('not or and')],
    ['id eq "2c9180835d2e5168015d32f890ca1581"', compare('id', 'eq', '2c9180835d2e5168015d32f890ca1581')],
    ['id eq "42"', compare('id', 'eq', '42')],
    ['identity.name sw "A%_"', { kind: 'startsWith', path: 'owner.name', value: 'A%_' }],
    ['name co "nn"', { kind: 'contains', path: 'displayName', value: 'nn' }],
    ['name in ("a")', { kind: 'in', path: 'displayName', values: ['a'] }],
    ['name in("a","b" , "c")', { kind: 'in', path: 'displayName', values: ['a', 'b', 'c'] }],
    ['logins in (1, -2.5, 1e3)', { kind: 'in', path: 'loginCount', values: [1, -2.5, 1000] }],
    ['locked in (true)', compare('locked', 'eq', true)],
    ['locked in (true, false)', or(compare('locked', 'eq', true), compare('locked', 'eq', false))],
    [
      'created in (2018-12-18T12:00:00Z,"2018-12-18T12:00:00.001Z")',
      or(compare('createdAt', 'eq', noon), compare('createdAt', 'eq', new Date('2018-12-18T12:00:00.001Z'))),
    ],
    ['entitlements ca ("r")', compare('entitlements.id', 'eq', 'r')],
    ['entitlements ca ("r", "w")', and(compare('entitlements.id', 'eq', 'r'), compare('entitlements.id', 'eq', 'w'))],
    ['state eq "active"', compare('status', 'eq', 'ACTIVE')],
    ['state eq "Retired"', compare('status', 'eq', 'Retired')],
    ['state in ("inactive_Long_term","gone")', { kind: 'in', path: 'status', values: ['INACTIVE_LONG_TERM', 'gone'] }],
    ['state sw "active"', { kind: 'startsWith', path: 'status', value: 'active' }],
    ['locked eq true', compare('locked', 'eq', true)],
    ['locked eq false', compare('locked', 'eq', false)],
    ['logins gt -1.5e2', compare('loginCount', 'gt', -150)],
    ['created gt 2018-12-18T12:00:00Z', compare('createdAt', 'gt', noon)],
    ['created le "2018-12-18T14:00:00+02:00"', compare('createdAt', 'le', noon)],
    ['name isnull', isNull('displayName')],
    ['name pr', not(isNull('displayName'))],
    ['pr name', not(isNull('displayName'))],
    ['not pr name', isNull('displayName')],
    ['name pr and pr name', and(not(isNull('displayName')), not(isNull('displayName')))],
    ['(((name eq "a")))', named('a')],
    ['not(name eq "a")', not(named('a'))],
    ['not not name eq "a"', named('a')],
    ['name eq "a" and name eq "b" or name eq "c"', or(and(named('a'), named('b')), named('c'))],
    ['name eq "a" or name eq "b" and name eq "c"', or(named('a'), and(named('b'), named('c')))],
    ['not name eq "a" or name eq "b" and name eq "c"', or(not(named('a')), and(named('b'), named('c')))],
    ['(name eq "a" or name eq "b")and(name eq "c")', and(or(named('a'), named('b')), named('c'))],
    ['not (name eq "a" or name eq "b")', not(or(named('a'), named('b')))],
  ])('reads %j', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    ['foo eq "a"', 0, `unknown field "foo" at 0: ${known}`],
    ['Name eq "a"', 0, `unknown field "Name" at 0: ${known}`],
    ['__proto__ eq "a"', 0, `unknown field "__proto__" at 0: ${known}`],
    ['constructor pr', 0, `unknown field "constructor" at 0: ${known}`],
    ['pr toString', 3, `unknown field "toString" at 3: ${known}`],
    ['NOT name eq "a"', 0, `unknown field "NOT" at 0: ${known}`],
    ['name eq "a" and and', 16, `unknown field "and" at 16: ${known}`],
    ['id co "x"', 3, 'id does not support "co" at 3: it supports eq, in, sw'],
    ['id EQ "x"', 3, 'id does not support "EQ" at 3: it supports eq, in, sw'],
    ['id = "x"', 3, 'id does not support "=" at 3: it supports eq, in, sw'],
    ['id isnull', 3, 'id does not support "isnull" at 3: it supports eq, in, sw'],
    ['pr id', 0, 'id does not support "pr" at 0: it supports eq, in, sw'],
    ['id constructor "x"', 3, 'id does not support "constructor" at 3: it supports eq, in, sw'],
    ['id', 2, 'unexpected end at 2: expected an operator: id supports eq, in, sw'],
    ['id "x"', 3, 'unexpected "x" at 3: expected an operator: id supports eq, in, sw'],
    ['name eq', 7, 'unexpected end at 7: expected a text in double quotes'],
    ['name eq Ann', 8, 'unexpected "Ann" at 8: expected a text in double quotes'],
    ["name eq 'Ann'", 8, `unexpected "'Ann'" at 8: expected a text in double quotes`],
    ['name eq true', 8, 'unexpected "true" at 8: expected a text in double quotes'],
    ['name eq null', 8, 'unexpected "null" at 8: expected a text in double quotes'],
    ['name sw 5', 8, 'unexpected "5" at 8: expected a text in double quotes'],
    ['id eq 5', 6, 'unexpected "5" at 6: expected an id in double quotes'],
    ['state eq ACTIVE', 9, 'unexpected "ACTIVE" at 9: expected a text in double quotes'],
    ['locked eq "true"', 10, 'unexpected "true" at 10: expected true or false'],
    ['locked eq TRUE', 10, 'unexpected "TRUE" at 10: expected true or false'],
    ['logins eq "5"', 10, 'unexpected "5" at 10: expected a number'],
    ['logins eq 0x10', 10, 'unexpected "0x10" at 10: expected a number'],
    ['logins eq 007', 10, 'unexpected "007" at 10: expected a number'],
    ['logins eq +5', 10, 'unexpected "+5" at 10: expected a number'],
    ['logins eq 1e999', 10, 'unexpected "1e999" at 10: expected a number'],
    ['logins eq NaN', 10, 'unexpected "NaN" at 10: expected a number'],
    ['logins eq Infinity', 10, 'unexpected "Infinity" at 10: expected a number'],
    [
      'created gt 2018-02-30T00:00:00Z',
      11,
      'unexpected "2018-02-30T00:00:00Z" at 11: expected an RFC 3339 date-time with zone, such as 2018-12-18T23:05:55Z',
    ],
    [
      'created gt "2018-12-18"',
      11,
      'unexpected "2018-12-18" at 11: expected an RFC 3339 date-time with zone, such as 2018-12-18T23:05:55Z',
    ],
    ['name in ()', 9, 'unexpected ")" at 9: expected a text in double quotes'],
    ['name in "a"', 8, 'unexpected "a" at 8: expected a list of values in parentheses'],
    ['name in ("a",)', 13, 'unexpected ")" at 13: expected a text in double quotes'],
    ['name in ("a" "b")', 13, 'unexpected "b" at 13: expected a comma or )'],
    ['name in ("a"', 12, 'unexpected end at 12: expected a comma or )'],
    ['entitlements ca ()', 17, 'unexpected ")" at 17: expected an id in double quotes'],
    ['name eq ("a")', 8, 'unexpected "(" at 8: expected a text in double quotes'],
    ['name eq "a" "b"', 12, 'unexpected "b" at 12: expected and, or, or the end of the filter'],
    ['name eq "a" AND name eq "b"', 12, 'unexpected "AND" at 12: expected and, or, or the end of the filter'],
    ['name eq "a")', 11, 'unexpected ")" at 11: expected and, or, or the end of the filter'],
    ['(name eq "a"', 12, 'unexpected end at 12: expected and, or, or )'],
    ['name eq "a', 8, 'unfinished text at 8: a text ends with a double quote'],
    ['name eq "a\\"', 8, 'unfinished text at 8: a text ends with a double quote'],
    ['name eq "a\\', 10, 'unknown escape at 10: only \\" and \\\\ are escapes'],
    ['name eq "a\\n"', 10, 'unknown escape at 10: only \\" and \\\\ are escapes'],
    ['name eq "a\\u0041"', 10, 'unknown escape at 10: only \\" and \\\\ are escapes'],
    ['name eq "a\u0000"', 10, 'unstorable character at 10: any other Unicode character'],
    ['name eq "a\uD800"', 10, 'unstorable character at 10: any other Unicode character'],
    ['name eq "\uDE00\uD83D"', 9, 'unstorable character at 9: any other Unicode character'],
  ])('refuses %j and says what it would accept', (text, position, message) => {
    expect(refusalOf(text)).toMatchObject({ position, message });
  });

  it.each(['()', '(', ')', ',', '"a"', 'and', 'or', 'not', 'pr', 'not ()', 'name eq "a" or', '\u00A0', '\u2028'])(
    'refuses %j, which names no field',
    (text) => {
      expect(refusalOf(text).message).toContain('id, name, identity.name');
    },
  );

  it('escapes and shortens what it quotes back', () => {
    const { message } = refusalOf(`${'\u001b[31m'.repeat(2000)} eq "a"`);
    expect(message).toContain('\\u001b[31m');
    expect(message.length).toBeLessThan(300);
  });
});

describe('the cost limits of a filter', () => {
  const clause = 'name eq "a"';
  const nested = (levels: number) => '('.repeat(levels) + clause + ')'.repeat(levels);
  const terms = (count: number) => Array.from({ length: count }, () => 'pr name').join(' or ');
  const listed = (count: number) => `name in (${Array.from({ length: count }, () => '"a"').join(',')})`;
  const sized = (bytes: number) => `name eq "${'x'.repeat(bytes - 10)}"`;

  it.each([
    ['12 000 bytes', sized(12_000)],
    ['50 levels of parentheses', nested(50)],
    ['50 negations', 'not '.repeat(50) + clause],
    ['50 levels one after the other', `${nested(50)} and ${nested(50)}`],
    ['200 terms', terms(200)],
    ['500 listed values', listed(500)],
  ])('accept %s', (_what, text) => {
    expect(() => parse(text)).not.toThrow();
  });

  it.each([
    ['12 001 bytes', sized(12_001), 'filter too long at 0: at most 12000 bytes'],
    ['fewer characters that are more bytes', `name eq "${'é'.repeat(6000)}"`, 'filter too long'],
    ['51 levels of parentheses', nested(51), 'filter nested too deep at 51: at most 50 levels of ( and not'],
    ['51 negations', 'not '.repeat(51) + clause, 'filter nested too deep at 204'],
    ['51 levels of both', `${'not ('.repeat(26)}${clause}${')'.repeat(26)}`, 'filter nested too deep'],
    ['201 terms', terms(201), 'too many terms at 2200: at most 200'],
    ['501 listed values', listed(501), 'list too long at 2009: at most 500 values'],
  ])('refuse %s', (_what, text, message) => {
    expect(refusalOf(text).message).toContain(message);
  });

  it.each([
    ['opening parentheses', '('.repeat(12_000)],
    ['closing parentheses', ')'.repeat(12_000)],
    ['negations', 'not '.repeat(3000)],
    ['quotes', '"'.repeat(11_999)],
    ['backslashes', `name eq "${'\\'.repeat(11_990)}`],
    ['commas', `name in (${','.repeat(11_990)}`],
    ['blanks', `name${' '.repeat(11_990)}x`],
    ['digits', `logins eq ${'1'.repeat(11_980)}x`],
    ['fractions of a second', `created eq 2018-12-18T12:00:00.${'1'.repeat(11_960)}x`],
    ['a megabyte', '('.repeat(1_000_000)],
  ])('are not slow to refuse %s', (_what, text) => {
    const start = performance.now();
    expect(refusalOf(text)).toBeInstanceOf(QueryError);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('any filter', () => {
  const fragments = [
    'name',
    'id',
    'locked',
    'eq',
    'in',
    'pr',
    'not',
    'and',
    'or',
    '(',
    ')',
    ',',
    '"a"',
    '"',
    '\\',
    ' ',
  ];

  it('is read or refused with a QueryError, never anything else', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...fragments)).map((parts) => parts.join('')),
      fc.array(fc.constantFrom(...fragments)).map((parts) => parts.join(' ')),
    );
    const property = fc.property(noise, (text) => {
      const error = failureOf(text);
      return error === undefined || error instanceof QueryError;
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('means again what it was printed from', () => {
    const property = fc.property(conditions, (condition) => {
      const text = printed(condition);
      fc.pre(Buffer.byteLength(text) <= 12_000);
      expect(parse(text)).toEqual(condition);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

const texts = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\u0000', ''));
const numbers = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((n) => n || 0);
const instants = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

const leaves = fc.oneof(
  fc.tuple(fc.constantFrom(...comparisons), texts).map(([op, text]) => compare('displayName', op, text)),
  fc.tuple(fc.constantFrom(...comparisons), numbers).map(([op, number]) => compare('loginCount', op, number)),
  fc.tuple(fc.constantFrom(...comparisons), instants).map(([op, instant]) => compare('createdAt', op, instant)),
  fc.boolean().map((locked) => compare('locked', 'eq', locked)),
  fc
    .array(texts, { minLength: 1, maxLength: 4 })
    .map((values): Condition => ({ kind: 'in', path: 'displayName', values })),
  fc
    .array(numbers, { minLength: 1, maxLength: 4 })
    .map((values): Condition => ({ kind: 'in', path: 'loginCount', values })),
  texts.map((value): Condition => ({ kind: 'startsWith', path: 'displayName', value })),
  texts.map((value): Condition => ({ kind: 'contains', path: 'displayName', value })),
  fc.constantFrom('displayName', 'createdAt').map(isNull),
);

const conditions = fc.letrec<{ tree: Condition }>((tie) => {
  const some = fc.array(tie('tree'), { minLength: 1, maxLength: 4 });
  const tree = fc.oneof(
    { maxDepth: 3 },
    leaves,
    some.map((parts) => and(...parts)),
    some.map((parts) => or(...parts)),
    tie('tree').map(not),
  );
  return { tree };
}).tree;

const wireNames = new Map<string, string>(Object.entries(fields).map(([name, { path }]) => [path, name]));

function printed(condition: Condition): string {
  if (condition.kind === 'and' || condition.kind === 'or') {
    return `(${condition.of.map(printed).join(` ${condition.kind} `)})`;
  }
  if (condition.kind === 'not') return `not ${printed(condition.of)}`;

  const name = wireNames.get(condition.path);
  switch (condition.kind) {
    case 'compare':
      return `${name} ${condition.op} ${literal(condition.value)}`;
    case 'in':
      return `${name} in (${condition.values.map(literal).join(', ')})`;
    case 'isNull':
      return `${name} isnull`;
    default:
      return `${name} ${condition.kind === 'contains' ? 'co' : 'sw'} ${literal(condition.value)}`;
  }
}

function literal(value: string | number | boolean | Date): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : String(value);
}
