import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../support/api.js';
import { pathTo } from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';
import { routesWithValidRequest, validRequest } from '../support/valid-requests.js';

const bases = ['directory', 'auth', 'oauth-clients', 'api-keys', 'role-assignments'].map((name) => `/api/v1/${name}`);
/** They read what is in the query by themselves, or hand it on. */
const lists =
  /^GET .*\/(users|groups|principals|members|sessions|oauth-clients|api-keys|role-assignments|callback|me|:userId|:groupId)$/;
const withoutBody = /^(DELETE|POST .*\/(logout|restore|rotate)$)/;

const api = await TestApi.start();
const routes = listRoutes(api.app)
  .filter(({ path }) => bases.some((base) => `${path}/`.startsWith(`${base}/`)))
  // A vendor's, whose clients may send what nobody reads.
  .filter(({ path }) => path !== '/api/v1/auth/introspect')
  .map(({ method, path }) => `${method} ${path}`);

let sample: SampleOrganization;
let admin: Client;

beforeAll(async () => {
  sample = await sampleOrganization(api);
  admin = await api.as('Administrator', sample.organization);
});
afterAll(async () => api.close());

function ask(route: string, query = '') {
  const [method = '', path = ''] = route.split(' ');
  return admin[method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'](pathTo(path, sample) + query);
}

/** Nothing of this organization that these routes could have ended or made. */
async function state(): Promise<unknown> {
  const tables = ['session', 'oauth_client', 'api_key', 'role_assignment', 'app_user', 'user_group', 'audit_event'];
  const texts = tables.map((name) => `select '${name}' as t, r::text as row from ${name} r where organization_id = $1`);
  const rows = await api.given.sql<{ t: string; row: string }>(`${texts.join(' union all ')} order by 1, 2`, [
    sample.organization.id,
  ]);
  return rows;
}

describe('a parameter that nobody reads', () => {
  it.each(routes.filter((route) => !lists.test(route)))('is refused by %s, which then does nothing', async (route) => {
    const before = await state();
    const { body } = await ask(route, '?dryRun=true').expect(400);
    expect(body).toMatchObject({ code: 'invalid', details: [{ field: 'dryRun' }] });
    expect(await state()).toEqual(before);
  });

  it('is heard of after who may not call', async () => {
    await api.client().delete('/api/v1/auth/sessions?dryRun=true').expect(401);
    await (await api.as([])).delete(`/api/v1/api-keys/${sample.user.id}?dryRun=true`).expect(403);
  });
});

describe('a body that nobody reads', () => {
  const deaf = routes.filter((route) => withoutBody.test(route));

  it.each(deaf)('is refused by %s, which then does nothing', async (route) => {
    const before = await state();
    for (const sent of ['{"dryRun":true}', '[]', '7', '"x"', 'false']) {
      const { body } = await ask(route).type('json').send(sent).expect(400);
      expect(body).toMatchObject({ error: 'No body is taken here.', code: 'invalid' });
    }
    expect(await state()).toEqual(before);
  });

  it.each(deaf.filter((route) => routesWithValidRequest.includes(route)))(
    'is looked past by %s when nothing is in it',
    async (route) => {
      for (const json of [undefined, {}]) {
        const request = await validRequest(route, { api, sample, admin });
        expect((await request.send({ ...(json && { json }) })).status).toBeLessThan(300);
      }
    },
  );
});
