import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { jsonSerializer, sendJson, sendJsonList } from './json-reply.js';

const serialize = jsonSerializer<{ name: string } | null>({ type: 'object', properties: { name: { type: 'string' } } });

describe('a compiled serializer', () => {
  it('writes what the schema names and nothing else', () => {
    const headers: Record<string, string> = {};
    const reply = { header: (name: string, value: string) => (headers[name] = value) } as unknown as FastifyReply;
    const record = { name: 'Zoë "Z"', secret: 1 };
    expect(sendJson(reply, serialize, record)).toBe('{"name":"Zoë \\"Z\\""}');
    expect(headers).toEqual({ 'content-type': 'application/json; charset=utf-8' });
  });

  it('writes null as null', () => {
    const reply = { header: () => undefined } as unknown as FastifyReply;
    expect(sendJson(reply, serialize, null)).toBe('null');
  });
});

describe('a list', () => {
  const reply = { header: () => undefined } as unknown as FastifyReply;
  const written = (names: readonly string[]) =>
    sendJsonList(
      reply,
      serialize,
      names.map((name) => ({ name })),
    ).toString();

  it.each([[[]], [['a']], [['a', 'b']], [['Zoë', '名前', '😀', '"\\']]])('of %j is an array of its items', (names) => {
    expect(written(names)).toBe(JSON.stringify(names.map((name) => ({ name }))));
  });

  it('has room for items of any length', () => {
    const names = ['名'.repeat(5_000), 'b', 'ÿ'.repeat(3_000), 'd'];
    expect(written(names)).toBe(JSON.stringify(names.map((name) => ({ name }))));
  });
});
