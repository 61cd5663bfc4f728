import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '@app/access';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import type { Row } from '../../support/given.js';
import { brokenInvariants } from '../../support/invariants.js';
import { accountMounts } from '../../support/paths.js';

interface Outcome {
  readonly row: number;
  readonly accountId: string | null;
  readonly identityId: string | null;
  readonly status: string;
  readonly message: string | null;
}

let api: TestApi;
let admin: Client;
let connector: Row;
let ada: Row;
let bob: Row;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  connector = await api.organization.connector(await api.organization.application());
  ada = await api.organization.owner({ name: 'Ada', email: 'ada@example.com', identity_id: 'E1' });
  bob = await api.organization.owner({ name: 'Bob', email: 'bob@example.com', identity_id: 'E2' });
});
afterAll(() => api.close());

const account = (columns: object = {}) => api.organization.account(connector, null, { ...columns });
const send = (type: string, body: string | Buffer, client = admin, path = '/accounts/correlate') =>
  client.post(path).type(type).send(body);
const correlate = async (rows: unknown, client = admin): Promise<Outcome[]> =>
  (await send('application/json', JSON.stringify(rows), client).expect(207)).body;
const read = async (id: string) => (await admin.get(`/accounts/${id}`).expect(200)).body;

describe('POST /accounts/correlate', () => {
  it('answers each row in its order, and accounts are their identities’ by hand from then on', async () => {
    const [one, two] = [await account(), await account()];
    const outcomes = await correlate([
      { accountId: one.id, identityId: ada.id },
      'nonsense',
      { accountId: two.id, identityEmail: 'BOB@example.com' },
      { accountId: newId(), identityId: ada.id },
    ]);
    expect(outcomes).toEqual([
      { row: 1, accountId: one.id, identityId: ada.id, status: 'correlated', message: null },
      { row: 2, accountId: null, identityId: null, status: 'failed', message: 'A row must be an object.' },
      { row: 3, accountId: two.id, identityId: bob.id, status: 'correlated', message: null },
      { row: 4, accountId: null, identityId: ada.id, status: 'failed', message: 'There is no such account.' },
    ]);
    expect(await read(one.id)).toMatchObject({ identityId: ada.id, manuallyCorrelated: true, uncorrelated: false });
    const again = await correlate({ accountId: one.id, identityId: ada.id });
    expect(again).toMatchObject([{ row: 1, status: 'unchanged', message: null }]);
  });

  it('records who did it, on the account and on each identity', async () => {
    const { id } = await account();
    await correlate({ accountId: id, identityId: ada.id });
    await correlate({ accountId: id, identityId: bob.id });
    const { body } = await admin.get('/api/v1/audit-events').expect(200);
    const events = (body.data as { action: string; subject: { id: string }; actor: { id: string } }[]).slice(0, 3);
    expect(events.map(({ action, subject }) => [action, subject.id].join(' ')).toSorted()).toEqual([
      `account.correlated ${id}`,
      `owner.accountAdded ${bob.id}`,
      `owner.accountRemoved ${ada.id}`,
    ]);
    expect(new Set(events.map(({ actor }) => actor.id))).toEqual(new Set([admin.user.id]));
  });

  it.each([
    ['text/csv', (id: string) => `accountId,identityId\r\n${id},${ada.id}\r\nx\r\n`],
    ['text/csv; charset=utf-8; header=present', (id: string) => `accountId,identityId\n"${id}",${ada.id}\nx\n`],
    ['application/x-ndjson', (id: string) => `${JSON.stringify({ accountId: id, identityId: ada.id })}\n{\n`],
    ['application/json', (id: string) => JSON.stringify([{ accountId: id, identityId: ada.id }, {}])],
  ])('reads %s, and answers JSON', async (type, bodyFor) => {
    const { id } = await account();
    const { body, headers } = await send(type, bodyFor(id)).expect(207);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect((body as Outcome[]).map(({ status }) => status)).toEqual(['correlated', 'failed']);
  });

  it.each(accountMounts)('is there at %s', async (mount) => {
    const { id } = await account();
    const row = JSON.stringify([{ accountId: id, identityId: ada.id }]);
    const { body } = await send('application/json', row, admin, `${mount}/correlate`).expect(207);
    expect(body).toMatchObject([{ accountId: id, status: 'correlated' }]);
  });

  it('takes ten thousand rows in one body of any type, and tells of each', async () => {
    const rows = Array.from({ length: 10_000 }, () => ({ accountId: newId(), identityId: ada.id }));
    const { id } = await account();
    rows[9_999] = { accountId: id, identityId: ada.id };
    const texts = {
      'application/json': JSON.stringify(rows.map((row) => ({ ...row, sourceId: null, identityEmail: null }))),
      'application/x-ndjson': rows.map((row) => JSON.stringify(row)).join('\n'),
      'text/csv': `accountId,identityId\n${rows.map((row) => `${row.accountId},${row.identityId}`).join('\n')}`,
    };
    for (const [type, text] of Object.entries(texts)) {
      const { body } = await send(type, text).expect(207);
      expect(body).toHaveLength(10_000);
      expect((body as Outcome[]).at(-1)).toMatchObject({ row: 10_000, accountId: id });
    }
    const { body } = await send('text/csv', `${texts['text/csv']}\n,`).expect(400);
    expect(body.messages[0].text).toBe('The body must have 1 to 10000 rows.');
  }, 60_000);
});

describe('a body that POST /accounts/correlate does not take', () => {
  it.each([
    ['no body', 'application/json', '', 400],
    ['no rows', 'application/json', '[]', 400],
    ['no JSON', 'application/json', '[', 400],
    ['an unknown field', 'application/json', '[{"accountId":"a","identityId":null,"correlation":"rule"}]', 400],
    ['a character that cannot be stored', 'application/json', '[{"accountId":"\\u0000","identityId":null}]', 400],
    ['a lone surrogate', 'application/json', '[{"accountId":"\\ud800","identityId":null}]', 400],
    ['an unknown column', 'text/csv', 'accountId,identityId,x\na,b,c\n', 400],
    ['no header', 'text/csv', `${newId()},${newId()}\n`, 400],
    ['CSV that cannot be cut', 'text/csv', 'accountId,identityId\n"a,b\n', 400],
    ['another type', 'text/plain', 'accountId,identityId', 415],
    ['a form', 'application/x-www-form-urlencoded', 'accountId=a&identityId=b', 415],
    ['too much', 'text/csv', `accountId,identityId\n${'x'.repeat(5 * 1024 * 1024)}`, 413],
  ])('is refused: %s', async (_what, type, text, status) => {
    const { body } = await send(type, text).expect(status);
    expect(body).toMatchObject({ messages: [{ locale: 'en-US', text: expect.any(String) }], causes: [] });
  });

  it('is refused without a token for the lack of it, whatever it is', async () => {
    for (const [type, text] of [
      ['text/csv', 'x'],
      ['application/x-ndjson', '{'],
      ['text/plain', 'x'],
    ] as const) {
      const { body } = await api.client().post('/accounts/correlate').type(type).send(text).expect(401);
      expect(body).toEqual({ error: expect.stringContaining('JWT validation failed') });
    }
  });

  it('is taken nowhere else: other operations answer 415 to CSV and to lines of JSON', async () => {
    for (const type of ['text/csv', 'application/x-ndjson']) {
      await send(type, 'a,b\n', admin, '/accounts').expect(415);
      await send(type, 'a,b\n', admin, `/api/v1/apps`).expect(415);
    }
  });

  it('harms no row beside the bad ones, whatever these hold', async () => {
    const { id } = await account();
    const odd = ['\u0001', '%', "'", '\\', '"', 'x'.repeat(3_000), '💥', '01890a5d-ac96-774b-bcce-b302099a8057x'];
    const rows = odd.flatMap((text) => [
      { accountId: text, identityId: ada.id },
      { sourceId: text, nativeIdentity: text, identityId: ada.id },
      { sourceId: connector.id, nativeIdentity: text, identityEmail: text },
      { accountId: connector.id, identityId: text },
    ]);
    const outcomes = await correlate([...rows, { accountId: id, identityId: ada.id }]);
    expect(outcomes.slice(0, -1).filter(({ status }) => status !== 'failed')).toEqual([]);
    expect(outcomes.at(-1)).toMatchObject({ accountId: id, status: 'correlated' });
  });
});

describe('who may correlate', () => {
  const roles: [Role, number][] = [
    ['ORG_ADMIN', 207],
    ['SOURCE_ADMIN', 207],
    ['SOURCE_SUBADMIN', 207],
    ['HELPDESK', 403],
    ['AUDITOR', 403],
  ];
  it.each(roles)('%s: %i', async (role, status) => {
    const { id } = await account();
    const row = JSON.stringify([{ accountId: id, identityId: ada.id }]);
    await send('application/json', row, await api.as(role)).expect(status);
  });

  it('a SOURCE_SUBADMIN: accounts of his connectors; others do not exist for him', async () => {
    const client = await api.as(['SOURCE_SUBADMIN', 'HELPDESK']);
    const { id } = await account();
    const row = { accountId: id, identityId: ada.id };
    expect(await correlate([row], client)).toMatchObject([
      { accountId: null, status: 'failed', message: 'There is no such account.' },
    ]);
    await api.organization.connectorOwner(connector, client.user, 'technical_owner');
    await expect.poll(async () => (await correlate([row], client))[0]!.status, { timeout: 5_000 }).toBe('correlated');
  });

  it('nobody for accounts and identities of another organization', async () => {
    const other = await api.given.organization();
    const theirs = await other.account(await other.connector(await other.application()));
    const { id } = await account();
    const outcomes = await correlate([
      { accountId: theirs.id, identityId: ada.id },
      { accountId: id, identityId: (await other.owner()).id },
    ]);
    expect(outcomes.map(({ message }) => message)).toEqual(['There is no such account.', 'There is no such identity.']);
    expect(JSON.stringify(outcomes[0])).not.toContain(theirs.id);
  });
});

describe('a link made by hand', () => {
  const mapping = { login: 'nativeIdentity', staff: 'identityId', mail: 'email' };
  const config = (...correlationRules: object[]) => ({ kind: 'delimited-file', mapping, correlationRules });
  const byStaff = { account: 'identityId', owner: 'identityId' };
  const byMail = { account: 'email', owner: 'email' };
  const header = 'login,staff,mail\n';
  let feed: Feed;

  beforeAll(async () => {
    await api.startWorker();
    feed = await Feed.create(admin, 'Payroll', config(byStaff));
  });

  async function named(login: string): Promise<{ id: string; identityId: string | null; manuallyCorrelated: boolean }> {
    const filters = encodeURIComponent(`sourceId eq "${feed.connectorId}" and nativeIdentity eq "${login}"`);
    const { body } = await admin.get(`/accounts?filters=${filters}`).expect(200);
    return body[0];
  }

  async function expectInOrder() {
    const broken = await brokenInvariants(api.given, api.organization);
    expect(broken.filter((one) => !/^live accounts|has no statistics/.test(one))).toEqual([]);
  }

  it('outlives runs that read the account otherwise, lose it, bring it back and go by other rules', async () => {
    await feed.sync(`${header}held,E1,\nfree,E1,\n`);
    const { id } = await named('held');
    await correlate({ sourceId: feed.connectorId, nativeIdentity: 'HELD', identityId: bob.id });
    const expectKept = async () =>
      expect(await named('held')).toMatchObject({ id, identityId: bob.id, manuallyCorrelated: true });

    await feed.sync(`${header}held,E1,ada@example.com\nfree,E2,\n`);
    await expectKept();
    expect(await named('free')).toMatchObject({ identityId: bob.id, manuallyCorrelated: false });

    await feed.sync(`${header}free,E2,\n`);
    await admin.get(`/accounts/${id}`).expect(404);
    await feed.sync(`${header}held,E1,ada@example.com\nfree,E2,\n`);
    await expectKept();

    await admin
      .post(feed.path)
      .send({ connector: { config: config(byMail) } })
      .expect(200);
    await feed.finished();
    await expectKept();
    expect(await named('free')).toMatchObject({ identityId: null });
    await expectInOrder();
  }, 60_000);

  it('ends when it is released: what the rules say holds at once, and in the next run', async () => {
    const { id } = await named('held');
    const [outcome] = await correlate({ accountId: id, identityId: null });
    expect(outcome).toEqual({ row: 1, accountId: id, identityId: ada.id, status: 'released', message: null });
    expect(await named('held')).toMatchObject({ identityId: ada.id, manuallyCorrelated: false });
    const run = await feed.run();
    expect(run).toMatchObject({ accountsLinked: 0, accountsUnlinked: 0 });
    expect(await correlate({ accountId: id, identityId: null })).toMatchObject([
      { status: 'unchanged', message: 'No link was made by hand: there is nothing to release.' },
    ]);
    await expectInOrder();
  }, 30_000);
});
