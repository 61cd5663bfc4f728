import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi } from '../support/api.js';
import { everyCaller } from '../support/every-caller.js';
import { pathTo } from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

let api: TestApi;
let sample: SampleOrganization;
beforeAll(async () => {
  api = await TestApi.start();
  sample = await sampleOrganization(api, api.organization);
});
afterAll(async () => api.close());

const roles = 'Your roles do not allow this.';
const acting = 'This is not allowed while you act as another user.';
const actingWithout = 'The rights that both you and the user you act as have do not allow this.';
const client = 'This is not allowed with the token of an OAuth client.';
const clientWithout = 'The rights that both this OAuth client and its user have do not allow this.';
const key = 'The level and the permission of this API key do not allow this.';

/** A route of each surface that this caller may not use, and why. */
const refusals: readonly (readonly [caller: string, route: string, because: string])[] = [
  ['no role', 'GET /api/v1/owners', roles],
  ['no role', 'GET /v3/accounts', roles],
  ['no role', 'GET /sources', roles],
  ['no role', 'GET /beta/identities', roles],
  ['HELPDESK', 'POST /api/v1/sources/:id/load-accounts', roles],
  ['AUDITOR', 'POST /api/v1/apps', roles],
  ['HELPDESK', 'POST /api/v1/role-assignments', roles],
  ['impersonation of ORG_ADMIN', 'POST /api/v1/owners/sync', actingWithout],
  ['impersonation of no role', 'GET /accounts', actingWithout],
  ['impersonation of HELPDESK', 'POST /api/v1/apps', actingWithout],
  ['impersonation of HELPDESK', 'GET /api/v1/audit-events', actingWithout],
  ['impersonation of ORG_ADMIN', 'POST /api/v1/role-assignments', acting],
  ['impersonation of ORG_ADMIN', 'POST /api/v1/auth/impersonate', acting],
  [
    'impersonation of ORG_ADMIN',
    'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id',
    acting,
  ],
  ['client with no role for Administrator', 'GET /api/v1/owners', clientWithout],
  ['client with no role for Administrator', 'GET /accounts', clientWithout],
  ['client with Administrator for HELPDESK', 'POST /api/v1/apps', clientWithout],
  ['client with Administrator for HELPDESK', 'GET /api/v1/audit-events', clientWithout],
  ['client with Administrator for Administrator', 'POST /api/v1/oauth-clients', client],
  ['client with Administrator for Administrator', 'GET /api/v1/auth/sessions', client],
  ['key WORKSPACE/MODIFY', 'GET /api/v1/owners', key],
  ['key ACCOUNT/MODIFY', 'GET /accounts', key],
  ['key ACCOUNT/VIEW', 'GET /api/v1/apps', key],
  ['key ACCOUNT/VIEW', 'GET /v2024/entitlements', key],
  ['key ACCOUNT/VIEW', 'GET /public-identities', key],
  ['key ACCOUNT/MODIFY', 'GET /api/v1/directory/users/me', key],
];

/** The sentence in whichever shape the surface gives it. */
function inShapeOf(route: string, text: string): object {
  if (route.includes('/apps')) return { code: 7, message: text };
  if (route.includes('/owners')) return { error: { code: 'FORBIDDEN', message: text } };
  if (/\/(accounts|sources|identities|public-identities|entitlements)(\/|$)/.test(route))
    return { detailCode: '403 Forbidden', messages: [{ locale: 'en-US', text }] };
  return { error: text, code: 'forbidden' };
}

describe('a refusal', () => {
  it.each(refusals)('tells the caller "%s" at %s: %s', async (name, route, because) => {
    const [method = '', template = ''] = route.split(' ');
    const header = await everyCaller(api)
      .find((caller) => caller.name === name)!
      .credential(api.organization);
    const [field = '', value = ''] = header!.split(': ');
    const ask = api.client()[method === 'GET' ? 'get' : 'post'](pathTo(template, sample));
    const { body } = await ask.set(field, value).expect(403);
    expect(body).toMatchObject(inShapeOf(route, because));
  });
});
