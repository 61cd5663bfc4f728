import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionsFor, permissionsOfKey, type Role, roles } from '@app/access';
import { rawRequest } from '../../support/http/raw-request.js';
import { TestApi } from '../../support/api.js';
import { everyCaller } from '../../support/every-caller.js';

interface Introspection {
  readonly userId: string;
  readonly principleId: string;
  readonly tenantId: string;
  readonly roles: readonly Role[];
  readonly permissions: readonly string[];
  readonly features: readonly string[];
}

const path = '/api/v1/auth/introspect';
const api = await TestApi.start();
const callers = everyCaller(api);
beforeAll(async () => api.organization.user());
afterAll(async () => api.close());

async function told(name: string): Promise<{ status: number; body: Introspection }> {
  const credential = await callers.find((caller) => caller.name === name)!.credential(api.organization);
  const head = [`GET ${path} HTTP/1.1`, 'host: x', 'connection: close', 'accept: application/json'];
  if (credential !== undefined) head.push(credential);
  const answer = await rawRequest(api.server, `${head.join('\r\n')}\r\n\r\n`);
  const text = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return { status: Number(answer.slice(9, 12)), body: JSON.parse(text) as Introspection };
}

describe('introspection', () => {
  it.each([...roles, 'no role'])('tells %s what he holds and may', async (name) => {
    const held = roles.filter((role) => role === name);
    const by = await api.as(held);
    const { body } = await by.get(path).expect(200);
    expect(body).toEqual({
      userId: by.user.id,
      principleId: by.user.id,
      tenantId: api.organization.id,
      roles: held,
      permissions: [...permissionsFor(held)].toSorted(),
      features: [],
    });
  });

  it('tells all roles of somebody who holds several, those of his groups too', async () => {
    const by = await api.as(['SOURCE_SUBADMIN', 'AUDITOR', 'HELPDESK']);
    expect((await by.get(path).expect(200)).body.roles).toEqual(['AUDITOR', 'HELPDESK', 'SOURCE_SUBADMIN']);
  });

  it.each([
    ['client with Administrator for Administrator', ['Administrator']],
    ['client with Administrator for HELPDESK', ['HELPDESK']],
    ['client with SOURCE_SUBADMIN for Administrator', ['SOURCE_SUBADMIN']],
    ['client with no role for Administrator', []],
    ['impersonation of HELPDESK', ['HELPDESK']],
    ['impersonation of no role', []],
  ])('tells %s of the rights it has, and of none that is closed to it', async (name, held) => {
    const { status, body } = await told(name);
    expect(status).toBe(200);
    expect(body.roles).toEqual(held);
    expect(body.principleId).not.toBe(body.userId);
    expect(body.permissions).toContain('self:introspect');
    expect(body.permissions).not.toContain('self:credentials');
  });

  it.each(['ACCOUNT/VIEW', 'WORKSPACE/MODIFY'] as const)('tells a key %s that it is nobody’s', async (kind) => {
    const { status, body } = await told(`key ${kind}`);
    expect([status, body.userId, body.roles, body.tenantId]).toEqual([200, '', [], api.organization.id]);
    expect(body.principleId).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.permissions).toEqual([...permissionsOfKey(kind)].toSorted());
  });

  it.each(['no token', 'garbage token', 'garbage key'])('tells %s nothing', async (name) => {
    const { status, body } = await told(name);
    expect([status, (body as unknown as { code: number }).code]).toEqual([401, 16]);
  });

  it('looks past what nobody reads, as clients of the vendor expect', async () => {
    const by = await api.as([]);
    await by.get(`${path}?x=1`).set('Content-Type', 'application/json').expect(200);
  });
});
