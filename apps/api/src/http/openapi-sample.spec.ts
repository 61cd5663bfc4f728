import { describe, expect, it } from 'vitest';
import { type SampledSchema, sampleOf } from './openapi-sample.js';

const text = { type: 'string' };

function sample(schema: SampledSchema, { noun = '', sent = false, schemas = {} } = {}): unknown {
  return sampleOf(schema, noun, { schemas, sent });
}

describe('a sample of a schema', () => {
  it.each<[string, SampledSchema, unknown]>([
    ['its example', { ...text, example: 'a', default: 'b', enum: ['c'] }, 'a'],
    ['else what it always is', { ...text, const: 'a', enum: ['b'] }, 'a'],
    ['else its default', { type: 'boolean', default: true }, true],
    ['else the first of its words', { ...text, enum: ['a', 'b'] }, 'a'],
    ['the first of several schemas', { oneOf: [{ ...text, example: 'a' }, { type: 'integer' }] }, 'a'],
    ['the first that may be', { anyOf: [{ type: 'integer', example: 7 }, text] }, 7],
    ['a list of one', { type: 'array', items: { type: 'integer' } }, [1]],
    ['a number within its limits', { type: 'integer', minimum: 60 }, 60],
    ['a number that is not too large', { type: 'number', maximum: 0.5 }, 0.5],
    ['a text that is long enough', { ...text, minLength: 6 }, 'textxx'],
    ['a text that is short enough', { ...text, maxLength: 2 }, 'te'],
    ['an instant', { ...text, format: 'date-time' }, '2026-05-04T09:30:00.000Z'],
    ['a day', { ...text, format: 'date' }, '2026-05-04'],
    ['an address', { ...text, format: 'email' }, 'ada.park@example.com'],
    ['a link', { ...text, format: 'uri' }, 'https://idp.example.com'],
    ['a large number as text', { ...text, format: 'int64' }, '12'],
    ['an empty object, where nothing is known of it', { type: 'object' }, {}],
  ])('is %s', (_, schema, expected) => {
    expect(sample(schema)).toEqual(expected);
  });

  it('is made of all parts of a whole', () => {
    const part = (name: string) => ({ type: 'object', properties: { [name]: { ...text, example: name } } });
    expect(sample({ allOf: [part('a'), { $ref: '#/components/schemas/B' }] }, { schemas: { B: part('b') } })).toEqual({
      a: 'a',
      b: 'b',
    });
  });

  it('goes by the names of fields, and by what holds them', () => {
    const fields = (...names: string[]) => Object.fromEntries(names.map((name) => [name, text]));
    const named = { type: 'object', properties: fields('name') };
    expect(
      sample({
        type: 'object',
        properties: {
          ...fields('displayName', 'userName', 'slug', 'created_at'),
          groups: { type: 'array', items: named },
          owner: named,
          userEmails: { type: 'array', items: text },
        },
      }),
    ).toEqual({
      displayName: 'Ada Park',
      userName: 'ada.park',
      slug: 'acme',
      created_at: '2026-05-04T09:30:00.000Z',
      groups: [{ name: 'Finance approvers' }],
      owner: { name: 'Ada Park' },
      userEmails: ['ada.park@example.com'],
    });
    expect(sample(named, { noun: 'group' })).toEqual({ name: 'Finance approvers' });
  });

  it('has one id for one kind of thing, and another for another', () => {
    const id = { ...text, format: 'uuid' };
    const ids = sample({
      type: 'object',
      properties: { id, userId: id, owner: { type: 'object', properties: { id } }, ownerId: id },
    });
    const { userId, owner, ownerId } = ids as { userId: string; owner: { id: string }; ownerId: string };
    expect(ownerId).toBe(owner.id);
    expect(ownerId).not.toBe(userId);
    expect(userId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('holds nothing that is only read, nor the way on from another page, where it is sent', () => {
    const schema = {
      type: 'object',
      properties: { email: text, created: { ...text, readOnly: true }, after: text, pageToken: text },
    };
    expect(sample(schema, { sent: true })).toEqual({ email: 'ada.park@example.com' });
    expect(Object.keys(sample(schema) as object)).toEqual(['email', 'created', 'after', 'pageToken']);
  });

  it('is of what is active and well, where it may be', () => {
    const schema = {
      type: 'object',
      required: ['deletedAt', 'error'],
      properties: { deleted: text, deletedAt: { ...text, nullable: true }, inactiveReason: text, error: text },
    };
    expect(sample(schema)).toEqual({ deletedAt: null, error: 'Not used for 90 days.' });
  });

  it('has one field of an object whose names are free', () => {
    expect(sample({ type: 'object', additionalProperties: true })).toEqual({ department: 'Engineering' });
    const counts = { type: 'object', additionalProperties: { type: 'integer' } };
    expect(sample(counts)).toEqual({ department: 1 });
  });

  it('ends where a schema leads back to itself', () => {
    const node = { $ref: '#/components/schemas/Node' };
    const Node = {
      type: 'object',
      properties: {
        title: text,
        parent: node,
        children: { type: 'array', items: node },
        twin: { $ref: '#/components/schemas/Leaf' },
        other: { $ref: '#/components/schemas/Leaf' },
      },
    };
    const schemas = { Node, Leaf: { type: 'integer' } };
    expect(sample(node, { schemas })).toEqual({ title: 'Senior Developer', children: [], twin: 1, other: 1 });
    expect(
      sample({ $ref: '#/components/schemas/Loop' }, { schemas: { Loop: { $ref: '#/components/schemas/Loop' } } }),
    ).toBeNull();
  });
});
