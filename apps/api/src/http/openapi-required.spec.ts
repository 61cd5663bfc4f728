import { describe, expect, it } from 'vitest';
import { withRequired } from './openapi-required.js';

const text = { type: 'string' };

describe('the schema of an answer', () => {
  it('requires every field it names, at any depth', () => {
    const leaf = { type: 'object', properties: { a: text } };
    const tree = {
      type: 'object',
      properties: { one: leaf, many: { type: 'array', items: leaf }, either: { oneOf: [leaf] } },
    };
    expect(withRequired(tree)).toMatchObject({
      required: ['one', 'many', 'either'],
      properties: {
        one: { required: ['a'] },
        many: { items: { required: ['a'] } },
        either: { oneOf: [{ required: ['a'] }] },
      },
    });
  });

  it('keeps what it says itself, and is not changed in place', () => {
    const schema = {
      type: 'object',
      properties: { a: text, b: { type: 'object', properties: { c: text } } },
      required: ['a'],
    };
    const before = structuredClone(schema);
    expect(withRequired(schema)).toMatchObject({ required: ['a'], properties: { b: { required: ['c'] } } });
    expect(schema).toEqual(before);
  });

  it('writes no empty list, where nothing is always there', () => {
    expect(withRequired({ type: 'object', properties: { a: text }, required: [] })).not.toHaveProperty('required');
    expect(withRequired({ type: 'object', properties: {} })).not.toHaveProperty('required');
  });

  it('says nothing of a text, nor of an object whose fields are free', () => {
    expect(withRequired(text)).toEqual(text);
    expect(withRequired({ type: 'object', additionalProperties: true })).not.toHaveProperty('required');
  });
});
