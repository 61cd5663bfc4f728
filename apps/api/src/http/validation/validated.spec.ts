import 'reflect-metadata';
import type { ArgumentMetadata } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { InvalidError } from '@app/kernel';
import { TrueOrFalse, WholeNumber } from './query-fields.js';
import { validated } from './validated.js';

class Leaf {
  @IsInt()
  c!: number;
}

class Branch {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Leaf)
  b!: Leaf[];
}

class Tree {
  @IsString()
  @MaxLength(8)
  name!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Branch)
  a?: Branch;
}

class Listing {
  @WholeNumber({ min: 1, max: 250 })
  limit = 50;

  @TrueOrFalse()
  count = false;

  @IsOptional()
  @IsString()
  search?: string;
}

const inBody = (value: unknown, optional = false) =>
  validated(Tree, { optional }).transform(value, { type: 'body' } as ArgumentMetadata);
const inQuery = (value: unknown) => validated(Listing).transform(value, { type: 'query' } as ArgumentMetadata);

function refusal(work: () => unknown): InvalidError {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a body', () => {
  it('names the first rule that a field breaks, once a field', () => {
    expect(refusal(() => inBody({})).details).toEqual([{ field: 'name', message: 'name must be a string.' }]);
    expect(refusal(() => inBody({ name: 'much too long' })).details).toEqual([
      { field: 'name', message: 'name must be shorter than or equal to 8 characters.' },
    ]);
  });

  it('says of what is no object that it is none, once, if a rule of its own says so', () => {
    expect(refusal(() => inBody({ name: 'x', a: { b: 7 } })).details).toEqual([
      { field: 'a.b', message: 'a.b must be an array.' },
    ]);
    expect(refusal(() => inBody({ name: 'x', a: 7 })).details).toEqual([
      { field: 'a', message: expect.stringContaining('nested property a must be') },
    ]);
  });

  it('becomes an instance of its class', () => {
    expect(inBody({ name: 'x', a: { b: [{ c: 1 }] } })).toBeInstanceOf(Tree);
  });

  it.each([
    [{ name: 1 }, 'name'],
    [{}, 'name'],
    [{ name: 'x', role: 'Administrator' }, 'role'],
    [{ name: 'x', id: '1' }, 'id'],
    [{ name: 'x', a: { b: [{ c: 1 }, { c: 'x' }] } }, 'a.b[1].c'],
    [{ name: 'x', a: { b: [{ c: 1, d: 2 }] } }, 'a.b[0].d'],
    [{ name: 'x', a: { b: 7 } }, 'a.b'],
    [{ name: 'x', a: 7 }, 'a'],
  ])('%j is refused, naming %s', (body, field) => {
    expect(refusal(() => inBody(body)).details.map((detail) => detail.field)).toContain(field);
  });

  it('speaks of a nested field by its whole path', () => {
    expect(refusal(() => inBody({ name: 'x', a: { b: [{ c: 'x' }] } })).message).toMatch(
      /^a\.b\[0\]\.c must be an integer/,
    );
  });

  it.each([[undefined], [null], ['x'], [7], [true], [[]], [[{ name: 'x' }]]])('%j is no object', (body) => {
    expect(refusal(() => inBody(body)).details).toEqual([]);
  });

  it('of more fields than any has is refused before any of them is looked at', () => {
    const fields = (many: number) => Object.fromEntries(Array.from({ length: many }, (_, i) => [`f${i}`, i]));
    const many = 'The body has more than 1000 fields.';
    for (const body of [fields(1_001), { name: 'x', a: { b: [fields(600), fields(600)] } }]) {
      expect(refusal(() => inBody(body))).toMatchObject({ message: many, details: [] });
    }
  });

  it('with much wrong names twenty of it, and no name at length', () => {
    const fields = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${'f'.repeat(5_000)}${i}`, i]));
    const { details, message } = refusal(() => inBody({ name: 'x', ...fields }));
    expect(details).toHaveLength(20);
    expect(details[0]!.field).toBe(`${'f'.repeat(100)}…`);
    expect(message.length).toBeLessThan(1_000);
  });

  it('may be absent only where it is optional', () => {
    expect(inBody(undefined, true)).toBeUndefined();
    expect(() => inBody(null, true)).toThrow(InvalidError);
  });
});

describe('a query', () => {
  it('fills in what is absent and ignores what is unknown', () => {
    expect(inQuery({ unknown: ['1', '2'], constructor: 'x' })).toEqual({
      limit: 50,
      count: false,
      search: undefined,
    });
  });

  it('turns text into what the class declares', () => {
    expect(inQuery({ limit: '250', count: 'true', search: '' })).toMatchObject({ limit: 250, count: true, search: '' });
  });

  it.each([
    ['limit', '0'],
    ['limit', '251'],
    ['limit', '1e2'],
    ['limit', '0x10'],
    ['limit', '+1'],
    ['limit', '-1'],
    ['limit', ' 5'],
    ['limit', '5.0'],
    ['limit', ''],
    ['limit', 'NaN'],
    ['limit', '99999999999'],
    ['count', 'TRUE'],
    ['count', '1'],
    ['count', ''],
    ['limit', ['1', '2']],
    ['search', ['a', 'b']],
    ['count', ['true', 'true']],
  ])('refuses %s=%j, naming it', (field, value) => {
    expect(refusal(() => inQuery({ [field]: value })).details).toEqual([
      { field, message: expect.stringContaining(field) as string },
    ]);
  });
});
