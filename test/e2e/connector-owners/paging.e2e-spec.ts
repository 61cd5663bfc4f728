import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { sampleOrganization } from '../../support/sample-organization.js';

let api: TestApi;
let client: Client;
/** Paths of lists, each with more than 100 rows. */
const lists: Record<string, string> = {};

beforeAll(async () => {
  api = await TestApi.start();
  const { organization, application, connector, runId, fileId } = await sampleOrganization(api);
  client = await api.as('AUDITOR', organization);
  const of = [organization.id];
  const numbers = 'generate_series(1, 124) i';
  await api.given.sql(
    `insert into application (organization_id, id, name, name_key) select $1, new_id(), i, i from ${numbers}`,
    of,
  );
  await api.given.sql(
    `insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key)
     select $1, new_id(), i, i, i, i from generate_series(1, 123) i`,
    of,
  );
  await api.given.sql(
    `insert into connector (organization_id, id, application_id, name, name_key, kind, config)
     select $1, new_id(), $2, i, i, 'delimited-file', '{}' from ${numbers}`,
    [...of, application.id],
  );
  await api.given.sql(
    `insert into sync_run (organization_id, id, connector_id, file_id, requested_by, state)
     select $1, new_id(), $2, $3, 'x', 'succeeded' from ${numbers}`,
    [...of, connector.id, fileId],
  );
  await api.given.sql(
    `insert into refused_row (organization_id, run_id, line, reason, message)
     select $1, $2, 3 + i / 3, 'reason ' || i, 'x' from ${numbers}`,
    [...of, runId],
  );
  await api.given.sql(
    `insert into run_change (organization_id, run_id, position, change, subject_type, name)
     select $1, $2, 7 * i::integer, 'create', 'account', 'x' || i from generate_series(1, 125) i`,
    [...of, runId],
  );
  lists['users'] = '/api/v1/users';
  lists['apps'] = '/api/v1/apps';
  lists['connectors'] = `/api/v1/apps/${application.id}/connectors`;
  lists['runs'] = `${lists['connectors']}/${connector.id}/runs`;
  lists['refused rows'] = `${lists['runs']}/${runId}/rows`;
  lists['changes'] = `${lists['runs']}/${runId}/changes`;
});
afterAll(async () => api.close());

const names = ['users', 'apps', 'connectors', 'runs', 'refused rows', 'changes'];
const page = async (name: string, query: Record<string, string>) =>
  client.get(`${lists[name]}?${new URLSearchParams(query).toString()}`);

describe.each(names)('the list of %s', (name) => {
  it.each([
    ['', 25],
    ['0', 25],
    ['1', 10],
    ['9', 10],
    ['-5', 10],
    ['10', 10],
    ['25', 25],
    ['100', 100],
    ['101', 100],
    ['2147483647', 100],
  ])('shows for page_size "%s" %i rows', async (page_size, rows) => {
    const { status, body } = await page(name, page_size === '' ? {} : { page_size });
    expect([status, body.list?.length]).toEqual([200, rows]);
    expect(body.nextPageToken).toMatch(/^.+$/);
  });

  it.each(['ten', '1.5', '1e2', '0x10', ' 10', '+10', '', '99999999999999999999', '10;', 'null'])(
    'refuses page_size "%s"',
    async (page_size) => {
      const { status, body } = await page(name, { page_size });
      expect([status, body]).toEqual([400, { code: 3, message: expect.stringContaining('page_size') }]);
    },
  );

  it('loses and repeats no row on the way to the empty token of the last page', async () => {
    for (const page_size of ['10', '25', '100']) {
      const seen: string[] = [];
      for (let page_token = ''; ;) {
        const { body } = await page(name, { page_size, page_token });
        seen.push(...body.list.map((row: object) => JSON.stringify(row)));
        page_token = body.nextPageToken;
        if (page_token === '') break;
      }
      expect([seen.length, new Set(seen).size]).toEqual([125, 125]);
    }
  });

  it('ends with an empty token when the last page is full', async () => {
    const { body } = await page(name, { page_size: '25' });
    let token: string = body.nextPageToken;
    for (let i = 0; i < 4; i++) token = (await page(name, { page_size: '25', page_token: token })).body.nextPageToken;
    expect(token).toBe('');
  });

  it('refuses a token that is forged, cut, or of another list', async () => {
    const token: string = (await page(name, {})).body.nextPageToken;
    const others = await Promise.all(names.filter((other) => other !== name).map((other) => page(other, {})));
    const bad = [
      'x',
      'null',
      newId(),
      `A${token.slice(1)}`,
      token.slice(0, -4),
      Buffer.from(JSON.stringify([1, '', newId()])).toString('base64url'),
      'x'.repeat(3_000),
      'a\u0000',
      ...others.map(({ body }) => body.nextPageToken as string),
    ];
    for (const page_token of bad) {
      const { status, body } = await page(name, { page_token });
      expect([page_token, status, body.code]).toEqual([page_token, 400, 3]);
    }
  });

  it.each(['page_size', 'page_token'])('refuses %s given twice', async (parameter) => {
    const { status, body } = await client.get(`${lists[name]}?${parameter}=10&${parameter}=10`);
    expect([status, body.code]).toEqual([400, 3]);
  });
});
