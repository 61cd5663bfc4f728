import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';
import type { Feed } from '../../support/feed.js';
import type { Row } from '../../support/given.js';
import { HeldTransaction } from '../../support/held-transaction.js';
import { brokenInvariants } from '../../support/invariants.js';
import { AccountCalls, header, systemOf } from '../../support/writes-company.js';

let api: TestApi;
let admin: Client;
let accounts: AccountCalls;
let feed: Feed;
let owners: Row[];
let ids: string[];

const logins = Array.from({ length: 12 }, (_, i) => `user-${i}`);
const file = (round: number) =>
  [
    header,
    ...logins.map(
      (login, i) => `${login},Name ${round},,E${i % 3},${(i + round) % 2 === 0},false,,g${round % 3},D${round}`,
    ),
  ].join('\n');

beforeAll(async () => {
  api = await TestApi.start({ DATABASE_POOL_SIZE: '10' });
  admin = await api.as('Administrator');
  accounts = new AccountCalls(admin);
  owners = [];
  for (let i = 0; i < 3; i++) owners.push(await api.organization.owner({ name: `Owner ${i}`, identity_id: `E${i}` }));
  feed = await systemOf(api, admin);
});
afterAll(() => api.close());
beforeEach(async () => {
  await feed.sync(file(0));
  ids = [];
  for (const login of logins) ids.push((await accounts.named(login)).id);
});

async function expectInOrder(): Promise<void> {
  expect(await brokenInvariants(api.given, api.organization)).toEqual([]);
}

describe('writes at the same moment', () => {
  it('each count, and nothing of another is lost', async () => {
    const [id] = ids as [string];
    const edits = Array.from({ length: 20 }, (_, i) =>
      accounts.patch(id, [{ op: 'add', path: `/attributes/a${i}`, value: String(i) }]),
    );
    expect((await Promise.all(edits)).map(({ status }) => status)).toEqual(Array(20).fill(202));
    const { attributes } = await accounts.get(id);
    expect(Object.keys(attributes).filter((name) => /^a\d/.test(name))).toHaveLength(20);
    await expectInOrder();
  });

  it('that link, switch, remove and make the same accounts never fail by each other, and leave everything true', async () => {
    const statuses = new Set<number>();
    const work = Array.from({ length: 90 }, async (_, i) => {
      const id = ids[(i * 5) % ids.length]!;
      const owner = owners[i % 3]!.id;
      const login = logins[(i * 7) % logins.length];
      const asked = [
        () => accounts.patch(id, [{ op: 'replace', path: '/identityId', value: owner }]),
        () => accounts.patch(id, [{ op: 'remove', path: '/identityId' }]),
        () => accounts.post(`/accounts/${id}/disable`, {}),
        () => accounts.post(`/accounts/${id}/enable`, {}),
        () => accounts.post('/accounts', { attributes: { sourceId: feed.connectorId, login, city: String(i) } }),
        () => admin.delete(`/accounts/${id}`),
        () => accounts.post(`/identities-accounts/${owner}/${i % 2 ? 'enable' : 'disable'}`),
        () => admin.put(`/accounts/${id}`).send({ attributes: { staff: `E${i % 3}`, groups: `g${i % 4}` } }),
        () => accounts.post(`/accounts/${id}/reload`),
      ];
      statuses.add((await asked[i % asked.length]!()).status);
    });
    await Promise.all(work);
    expect([...statuses].filter((status) => ![202, 404].includes(status))).toEqual([]);
    await expect
      .poll(async () => api.given.sql('select id from task where finished_at is null'), { timeout: 30_000 })
      .toEqual([]);
    await expectInOrder();
  }, 90_000);

  it('and runs go past each other', async () => {
    const running = (async () => {
      for (let round = 1; round <= 4; round++) expect((await feed.sync(file(round)))['state']).toBe('succeeded');
    })();
    const over = running.then(() => true);
    const statuses = new Set<number>();
    for (let i = 0; !(await Promise.race([over, sleep(1, false)])); i++) {
      const id = ids[i % ids.length]!;
      const answers = await Promise.all([
        accounts.patch(id, [{ op: 'replace', path: '/identityId', value: owners[i % 3]!.id }]),
        accounts.post(`/accounts/${ids[(i + 5) % ids.length]}/disable`, {}),
        accounts.post('/accounts', { attributes: { sourceId: feed.connectorId, login: `new-${i}`, staff: 'E1' } }),
        accounts.post(`/accounts/${ids[(i + 3) % ids.length]}/reload`),
        admin.delete(`/accounts/${ids[(i + 7) % ids.length]}`),
      ]);
      for (const { status } of answers) statuses.add(status);
    }
    await running;
    expect([...statuses].filter((status) => ![202, 404].includes(status))).toEqual([]);
    await expect
      .poll(async () => api.given.sql('select id from task where finished_at is null'), { timeout: 30_000 })
      .toEqual([]);
    await expectInOrder();
  }, 90_000);

  it('make an account once, whoever is first', async () => {
    const total = await accounts.total();
    const making = Array.from({ length: 12 }, (_, i) =>
      accounts.post('/accounts', { attributes: { sourceId: feed.connectorId, login: 'Once', [`a${i}`]: 'x' } }),
    );
    expect((await Promise.all(making)).map(({ status }) => status)).toEqual(Array(12).fill(202));
    expect(await accounts.total()).toBe(total + 1);
    expect(Object.keys((await accounts.named('once')).attributes)).toHaveLength(12);
    await expectInOrder();
  });
});

describe('a write of what somebody else is changing', () => {
  it('waits for him, and then goes by what he has left', async () => {
    const [id] = ids as [string];
    const rename = `update owner set name = 'Renamed', name_key = 'renamed' where id = $1`;
    const held = await HeldTransaction.begin(api.database.ownerUrl, rename, [owners[1]!.id]);
    const linking = accounts.patch(id, [{ op: 'replace', path: '/identityId', value: owners[1]!.id }]).then((a) => a);
    await held.untilInTheWayOf(1);
    await held.commit();
    expect((await linking).status).toBe(202);
    expect(await accounts.get(id)).toMatchObject({ identity: { id: owners[1]!.id, name: 'Renamed' } });
    const [stored] = await api.given.sql('select owner_name_key from account where id = $1', [id]);
    expect(stored).toEqual({ owner_name_key: 'renamed' });
  });

  it.each([
    ['PATCH', (id: string) => accounts.patch(id, [{ op: 'add', path: '/attributes/Department', value: 'New' }])],
    ['PUT', (id: string) => admin.put(`/accounts/${id}`).send({ attributes: { Department: 'New', department: 'D0' } })],
    [
      'POST',
      (id: string) =>
        accounts.post('/accounts', {
          attributes: { sourceId: feed.connectorId, login: loginOf(id), Department: 'New' },
        }),
    ],
  ])('is read by the mapping as it is when it is written: %s', async (_, write) => {
    const [id] = ids as [string];
    const map = (target: string) =>
      [
        `update connector set config = jsonb_set(config, '{mapping,Department}', to_jsonb($2::text)) where id = $1`,
        [feed.connectorId, target] as const,
      ] as const;
    const held = await HeldTransaction.begin(api.database.ownerUrl, ...map('description'));
    const writing = write(id).then((answer) => answer);
    await held.untilInTheWayOf(1);
    await held.commit();
    expect((await writing).status).toBe(202);
    expect(await accounts.get(id)).toMatchObject({ description: 'New', attributes: { department: 'D0' } });
    await api.given.sql(...map('attributes.department'));
  });

  const loginOf = (id: string) => logins[ids.indexOf(id)];

  it('links to nobody who is being deleted', async () => {
    const [id] = ids as [string];
    const gone = await api.organization.owner({ name: 'Leaving' });
    const held = await HeldTransaction.begin(
      api.database.ownerUrl,
      'update owner set deleted_at = now() where id = $1',
      [gone.id],
    );
    const linking = accounts.patch(id, [{ op: 'replace', path: '/identityId', value: gone.id }]).then((a) => a);
    await held.untilInTheWayOf(1);
    await held.commit();
    expect((await linking).status).toBe(400);
  });
});
