import type { AddressInfo } from 'node:net';
import { AccountsApi, AccountsBetaApi, AccountsV2024Api, Configuration, Paginator } from 'sailpoint-api-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { accountFields, accountSorters } from '../../apps/api/src/surfaces/accounts/account.fields.js';
import { TestApi } from '../support/api.js';
import type { Row } from '../support/given.js';

let api: TestApi;
let base: string;
let connector: Row;
let configuration: Configuration;

beforeAll(async () => {
  // It tells the terminal of every page, and of a token it did not get.
  for (const way of ['log', 'error'] as const) vi.spyOn(console, way).mockImplementation(() => undefined);
  api = await TestApi.start();
  await api.app.listen(0, '127.0.0.1');
  base = `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;
  const application = await api.organization.application({ name: 'Wiki' });
  connector = await api.organization.connector(application, { name: 'Wiki export' });
  await somePeople();
  configuration = await configured();
});
afterAll(() => api.close());

/** 613 accounts: two whole pages of 250 and a rest. */
async function somePeople(): Promise<void> {
  await api.given.sql(
    `insert into account (organization_id, connector_id, native_identity, native_key, native_identity_key, name, name_key,
       connector_name_key)
     select $1, $2, n, n, n, n, n, $3 from (select 'user-' || lpad(i::text, 4, '0') as n from generate_series(1, 613) i) x`,
    [api.organization.id, connector.id, connector['name_key']],
  );
  await api.organization.tally(connector, false, 613);
}

/** What an administrator does once for a script: a client of the server, whose secret the script keeps. */
async function configured(roles: readonly string[] = ['ORG_ADMIN']): Promise<Configuration> {
  const administrator = await api.as('Administrator');
  const { body } = await administrator.post('/api/v1/oauth-clients').send({ name: 'script', roles }).expect(201);
  const made = new Configuration({
    baseurl: base,
    tokenUrl: `${base}/oauth/token`,
    clientId: body.clientId,
    clientSecret: body.clientSecret,
  });
  await made.accessToken;
  return made;
}

const versions = [
  ['v3', AccountsApi],
  ['v2024', AccountsV2024Api],
  ['beta', AccountsBetaApi],
] as const;

describe.each(versions)('the vendor’s client for %s', (_version, Api) => {
  const names = (page: { data: readonly { name?: string | null }[] }) => page.data.map(({ name }) => name);

  it('gets a token, lists accounts with their total, and gets one', async () => {
    const accounts = new Api(configuration);
    const page = await accounts.listAccounts({
      limit: 3,
      offset: 5,
      count: true,
      detailLevel: 'FULL',
      sorters: 'name',
    });
    expect(page.headers['x-total-count']).toBe('613');
    expect(names(page)).toEqual(['user-0006', 'user-0007', 'user-0008']);
    const { data } = await accounts.getAccount({ id: page.data[0]!.id! });
    expect(data).toEqual(page.data[0]);
  });

  it('reads less with SLIM', async () => {
    const [account] = (await new Api(configuration).listAccounts({ limit: 1, detailLevel: 'SLIM' })).data;
    expect(account!.attributes).toBeNull();
    expect(Object.keys(account!)).toHaveLength(15);
  });

  it.each([250, 100])('pages through all by %i, once each', async (increment) => {
    const ids = await everyId(new Api(configuration), { sorters: 'id' }, increment);
    expect(ids).toHaveLength(613);
    expect(new Set(ids).size).toBe(613);
  });

  it('pages through as many as fill whole pages, and asks once more behind them', async () => {
    const filters = 'name in ("user-0001","user-0002","user-0003","user-0004")';
    expect(await everyId(new Api(configuration), { filters }, 2)).toHaveLength(4);
  });

  it.each(Object.keys(accountSorters))('sorts by %s, up and down', async (sorter) => {
    const accounts = new Api(configuration);
    const up = names(await accounts.listAccounts({ limit: 250, filters: 'name sw "user-00"', sorters: sorter }));
    const down = names(
      await accounts.listAccounts({ limit: 250, filters: 'name sw "user-00"', sorters: `-${sorter}` }),
    );
    expect(up).toHaveLength(99);
    expect(down).toEqual(up.toReversed());
  });

  it.each(
    Object.entries(accountFields).flatMap(([field, { type, ops }]) => ops.map((op) => [field, op, type] as const)),
  )('filters by %s %s', async (field, op, type) => {
    const value = { boolean: 'true', instant: '2020-01-01T00:00:00Z' }[type as string] ?? '"user-0042"';
    const operand = op === 'isnull' ? '' : op === 'in' ? ` (${value},${value})` : ` ${value}`;
    const found = names(await new Api(configuration).listAccounts({ filters: `${field} ${op}${operand}` }));
    const others = names(
      await new Api(configuration).listAccounts({ filters: `not ${field} ${op}${operand}`, count: true }),
    );
    expect(found.filter((name) => others.includes(name))).toEqual([]);
    expect(found.length === 250 || found.length + others.length >= 250).toBe(true);
  });

  it('is understood when values hold quotes, blanks, plus signs and ampersands', async () => {
    const odd = `o'neil + "sons" & co \\ 100%`;
    await api.organization.account(connector, null, { name: odd });
    const filters = `name eq "${odd.replaceAll(/["\\]/g, '\\$&')}"`;
    const accounts = new Api(configuration);
    const found = await accounts.listAccounts({ filters });
    expect(names(found)).toEqual([odd]);
    await api.given.sql('update account set deleted_at = now() where id = $1', [found.data[0]!.id]);
    await api.organization.tally(connector, false, -1);
  });

  it.each([
    ['a filter that is none', { filters: 'name like "x"' }, 400, '400.1 Bad Request Content'],
    ['a sorter that is none', { sorters: 'shoeSize' }, 400, '400.1 Bad Request Content'],
    ['a limit that is none', { limit: 251 }, 400, '400.1 Bad Request Content'],
  ])('is told of %s in the published shape', async (_what, query, status, detailCode) => {
    const refusal = await refusalOf(new Api(configuration).listAccounts(query));
    expect(refusal.status).toBe(status);
    expect(refusal.data).toMatchObject({
      detailCode,
      trackingId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      messages: [{ locale: 'en-US', localeOrigin: 'DEFAULT', text: expect.any(String) as string }],
      causes: [],
    });
  });

  it('is told of an account that does not exist', async () => {
    const refusal = await refusalOf(new Api(configuration).getAccount({ id: 'a/b c' }));
    expect([refusal.status, refusal.data['detailCode']]).toEqual([404, '404 Not found']);
  });

  it('is refused without the level, and with a token that is none', async () => {
    const powerless = await refusalOf(new Api(await configured([])).listAccounts());
    expect([powerless.status, powerless.data['detailCode']]).toEqual([403, '403 Forbidden']);
    const nobody = new Configuration({ baseurl: base, accessToken: 'none' });
    const unknown = await refusalOf(new Api(nobody).listAccounts());
    expect([unknown.status, Object.keys(unknown.data)]).toEqual([401, ['error']]);
  });
});

type Lists = Pick<AccountsApi, 'listAccounts'>;

async function everyId(accounts: object, query: object, increment: number): Promise<unknown[]> {
  const list = async (page: object) => (accounts as Lists).listAccounts(page);
  const { data } = await Paginator.paginate(accounts, list, query, increment);
  return data.map(({ id }) => id);
}

async function refusalOf(call: Promise<unknown>): Promise<{ status: number; data: Record<string, unknown> }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason as { response?: { status: number; data: Record<string, unknown> } },
  );
  if (!error?.response) throw new Error('nothing was refused', { cause: error });
  return error.response;
}

describe('the vendor’s client', () => {
  it('keeps one token for all its calls', async () => {
    const accounts = new AccountsApi(configuration);
    const token = configuration.accessToken;
    await accounts.listAccounts({ limit: 1 });
    await accounts.listAccounts({ limit: 1 });
    expect(configuration.accessToken).toBe(token);
  });

  it('is told that its secret is wrong', async () => {
    const wrong = new Configuration({
      baseurl: base,
      tokenUrl: `${base}/oauth/token`,
      clientId: configuration.clientId!,
      clientSecret: 'none',
    });
    await expect(wrong.accessToken).rejects.toThrow('status code 401');
  });
});
