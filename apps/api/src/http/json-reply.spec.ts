import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { jsonSerializer, sendJson } from './json-reply.js';

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
