import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountDesk, emails } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

let api: TestApi;

const users = '/api/v1/directory/users';
const groups = '/api/v1/directory/groups';
const assignments = '/api/v1/role-assignments';

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());

async function mails({ organization }: AccountDesk): Promise<{ state: string; hours: number }[]> {
  return api.given.sql(
    `select state, round(extract(epoch from valid_until - created_at) / 3600)::int as hours from outgoing_mail
      where organization_id = $1 order by id`,
    [organization.id],
  );
}

async function assignmentsOf({ admin }: AccountDesk, principalId: string): Promise<{ readonly id: string }[]> {
  return (await admin.get(`${assignments}?principalId=${principalId}`).expect(200)).body.data;
}

async function takeRole(there: AccountDesk, principalId: string): Promise<void> {
  const [held] = await assignmentsOf(there, principalId);
  await there.admin.delete(`${assignments}/${held!.id}`).expect(204);
}

async function giveRole({ admin }: AccountDesk, principalId: string): Promise<void> {
  await admin.post(assignments).send({ principalId, role: 'Administrator' }).expect(201);
}

async function join({ admin }: AccountDesk, rod: string): Promise<string> {
  const { _id: group } = (await admin.post(groups).send({ name: 'Keepers' }).expect(201)).body;
  const joining = [{ op: 'add', id: rod, principalType: 'User' }];
  await admin.patch(`${groups}/${group}/members`).send(joining).expect(200);
  return group;
}

/** @returns the group that makes him an Administrator */
async function throughGroup(there: AccountDesk, rod: string): Promise<string> {
  const group = await join(there, rod);
  await giveRole(there, group);
  return group;
}

const list = (there: AccountDesk, names: string[], query = '') => there.put({ administrators: emails(names) }, query);
const grant = (there: AccountDesk) => list(there, ['boss', 'rod'], '?notify=TRUE');
const revoke = async (there: AccountDesk) => {
  await list(there, ['boss', 'rod']);
  await list(there, ['boss'], '?notify=TRUE');
};

/** What happens to rod while mail to him waits. */
const meanwhile: Readonly<Record<string, (there: AccountDesk, rod: string) => Promise<void>>> = {
  'granted, and he is said to be a governed person': async (there, rod) => {
    await grant(there);
    const { id: ownerId } = await there.organization.owner();
    await there.admin.put(`${users}/${rod}/owner`).send({ ownerId }).expect(200);
  },
  'granted, and in a group that gives nothing': async (there, rod) => {
    await grant(there);
    await join(there, rod);
  },
  'granted, and none by the list': async (there) => {
    await grant(there);
    await list(there, ['boss']);
  },
  'granted, and none by his roles': async (there, rod) => {
    await grant(there);
    await takeRole(there, rod);
  },
  'granted, none and one again': async (there, rod) => {
    await grant(there);
    await takeRole(there, rod);
    await giveRole(there, rod);
  },
  'revoked, and one through a group': async (there, rod) => {
    await revoke(there);
    await throughGroup(there, rod);
  },
  'revoked, and one through a group for a while': async (there, rod) => {
    await revoke(there);
    await takeRole(there, await throughGroup(there, rod));
  },
  'granted and revoked, both to be told': async (there) => {
    await grant(there);
    await list(there, ['boss'], '?notify=TRUE');
  },
};

describe('mail about the role Administrator', () => {
  it('is of no use to anybody after a day', async () => {
    const desk = await AccountDesk.open(api);
    await desk.person('rod');
    await grant(desk);
    expect(await mails(desk)).toMatchObject([{ hours: 24 }]);
  });

  it('is not written to who was one through a group before he was listed', async () => {
    const desk = await AccountDesk.open(api);
    const rod = await desk.person('rod');
    await throughGroup(desk, rod.id);
    await grant(desk);
    expect(await mails(desk)).toEqual([]);
    expect(await assignmentsOf(desk, rod.id)).toHaveLength(1);
  });

  it('says what is so when it goes, whoever changed it meanwhile and though nobody is to be told', async () => {
    const waiting: [string, AccountDesk][] = [];
    for (const [what, change] of Object.entries(meanwhile)) {
      const desk = await AccountDesk.open(api);
      await change(desk, (await desk.person('rod')).id);
      waiting.push([what, desk]);
    }
    const statesOf = async (desk: AccountDesk) => (await mails(desk)).map(({ state }) => state).join();
    const states = async () =>
      Object.fromEntries(await Promise.all(waiting.map(async ([what, desk]) => [what, await statesOf(desk)])));
    await api.startWorker();
    await expect.poll(states, { timeout: 20_000 }).toEqual({
      'granted, and he is said to be a governed person': 'logged',
      'granted, and in a group that gives nothing': 'logged',
      'granted, and none by the list': 'withdrawn',
      'granted, and none by his roles': 'withdrawn',
      'granted, none and one again': 'logged',
      'revoked, and one through a group': 'withdrawn',
      'revoked, and one through a group for a while': 'logged',
      'granted and revoked, both to be told': 'withdrawn,logged',
    });
  }, 60_000);
});
