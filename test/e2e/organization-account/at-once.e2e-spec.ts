import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { Transaction } from '@app/persistence';
import { AccountDesk, accountPath, emails } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';
import { HeldTransaction } from '../../support/held-transaction.js';

let api: TestApi;
let desk: AccountDesk;

const groupsPath = `${accountPath}/groups`;

beforeAll(async () => {
  api = await TestApi.start({ DATABASE_POOL_SIZE: '10' });
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await AccountDesk.open(api);
});

async function count(text: string): Promise<number> {
  return (await api.given.sql<{ n: number }>(`select count(*)::int as n ${text}`, [desk.organization.id]))[0]!.n;
}

describe('at the same moment', () => {
  it('one request after another is done, each as a whole', async () => {
    const wanted = Array.from({ length: 6 }, (_, i) => ({
      accountName: `Name ${i}`,
      administrators: emails(['boss', `a${i}`, 'shared']),
      groups: [{ name: `Group ${i}`, users: emails([`a${i}`, 'shared']) }],
    }));
    const answers = await Promise.all(wanted.map((body) => desk.put(body)));
    expect(answers.map(({ status }) => status)).toEqual(wanted.map(() => 200));
    const { body } = await desk.admin.get(accountPath).expect(200);
    const last = Number(body.accountName.slice(5));
    expect((await desk.administrators()).toSorted()).toEqual(
      ['boss', `a${last}`, 'shared'].map((name) => `${name}@example.com`).toSorted(),
    );
    expect(Object.keys(await desk.groups())).toEqual([`Group ${last}`]);
    expect(await count(`from app_user where organization_id = $1 and email_key = 'shared@example.com'`)).toBe(1);
  });

  it('several who make a profile of one address make one, and one of them alone is told the way to it', async () => {
    const groups = Array.from({ length: 4 }, (_, i) =>
      desk.admin.post(groupsPath).send([{ name: `G${i}`, users: emails(['x']) }]),
    );
    const guest = { email: 'x@example.com', userName: 'x of the directory', displayName: 'X' };
    const invitation = desk.admin.post('/api/v1/directory/invitations').send(guest);
    const answers = await Promise.all([...groups, invitation]);
    const made = answers.slice(0, 4);
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect([201, 409]).toContain(answers[4]!.status);
    expect(await count(`from app_user where organization_id = $1 and email_key = 'x@example.com'`)).toBe(1);
    const told = made.filter(({ text }) => text.includes('profileActivateUrl')).length;
    expect(told + (answers[4]!.status === 201 ? 1 : 0)).toBe(1);
  });

  it('many new people and single ones with the same addresses are each made once', async () => {
    const many = Array.from({ length: 150 }, (_, i) => `m${i}`);
    const invited = many.slice(0, 8).map((name) => {
      const guest = { email: `${name}@example.com`, userName: `${name} by name`, displayName: name };
      return desk.admin.post('/api/v1/directory/invitations').send(guest);
    });
    const grouped = ['A', 'B'].map((name) => desk.admin.post(groupsPath).send([{ name, users: emails(many) }]));
    const answers = await Promise.all([...grouped, ...invited]);
    expect(answers.slice(0, 2).map(({ status }) => status)).toEqual([201, 201]);
    expect(answers.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
    const live = `from app_user where organization_id = $1 and email_key like 'm%@example.com' and deleted_at is null`;
    expect(await count(live)).toBe(150);
    for (const users of Object.values(await desk.groups())) expect(users).toHaveLength(150);
  });

  it('of groups with one name exactly one is made', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => desk.admin.post(groupsPath).send([{ name: 'Same', users: [] }])),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409, 409]);
    expect(await count(`from user_group where organization_id = $1 and kind = 'org_group'`)).toBe(1);
  });

  describe('whoever replaces all Administrators and whoever takes the role from the other', () => {
    /** Two Administrators who can sign in, and nobody else. */
    async function lastTwo(): Promise<{ readonly list: () => Promise<number>; readonly role: () => Promise<number> }> {
      desk = await AccountDesk.open(api);
      await api.given.sql('update organization set account_owner_user_id = null where id = $1', [desk.organization.id]);
      const without = 'delete from membership where organization_id = $1 and user_id = $2';
      await api.given.sql(without, [desk.organization.id, desk.owner.id]);
      const columns = { user_name: 'second', email: 'second@example.com' };
      const second = await api.as('Administrator', desk.organization, columns);
      const held = await desk.admin.get(`/api/v1/role-assignments?principalId=${second.user.id}`).expect(200);
      const [{ id }] = held.body.data;
      return {
        list: async () => (await desk.put({ administrators: emails(['second']) })).status,
        role: async () => (await desk.admin.delete(`/api/v1/role-assignments/${id}`)).status,
      };
    }

    async function expectOneKept(statuses: readonly number[]): Promise<void> {
      const holders = `from role_assignment where organization_id = $1 and role = 'Administrator' and user_id is not null`;
      expect(await count(holders)).toBe(1);
      expect(statuses.filter((status) => ![200, 204, 409].includes(status))).toEqual([]);
    }

    it('agree on who is one: the list holds until it is written whole', async () => {
      const { role } = await lastTwo();
      const taken = `insert into user_group (organization_id, id, kind, name, name_key) values ($1, new_id(), 'org_group', 'Q', 'q')`;
      const held = await HeldTransaction.begin(api.database.ownerUrl, taken, [desk.organization.id]);
      const put = desk.put({ administrators: emails(['boss', 'second']), groups: [{ name: 'Q', users: [] }] });
      const answered = put.then((answer) => answer);
      await held.untilInTheWayOf(1);
      const gone = role();
      await Promise.race([gone, sleep(500)]);
      await held.rollback();
      const { status, body } = await answered;
      expect([status, await gone]).toEqual([200, 204]);
      expect(body.administrators).toMatchObject(emails(['boss', 'second']));
    });

    it('leave one of the last two, who may have become one again by the list', async () => {
      for (let round = 0; round < 6; round++) {
        const { list, role } = await lastTwo();
        await expectOneKept(await Promise.all([list(), role()]));
      }
    });

    it.each<[string, (both: Awaited<ReturnType<typeof lastTwo>>) => (() => Promise<number>)[], number[]]>([
      ['the list', ({ list, role }) => [list, role], [200, 409]],
      ['the role', ({ list, role }) => [role, list], [204, 200]],
    ])(
      'wait for the count of Administrators before they hold what the other needs, %s first',
      async (_, inOrder, told) => {
        const counting = `select pg_advisory_xact_lock(hashtextextended('ostiary administrators ' || $1::text, 0))`;
        const ran = vi.spyOn(Transaction.prototype, 'run');
        for (let round = 0; round < 6; round++) {
          const both = inOrder(await lastTwo());
          const held = await HeldTransaction.begin(api.database.ownerUrl, counting, [desk.organization.id]);
          const answers: Promise<number>[] = [];
          for (const one of both) {
            answers.push(one());
            await held.untilInTheWayOf(answers.length);
          }
          await held.rollback();
          const statuses = await Promise.all(answers);
          await expectOneKept(statuses);
          expect(statuses).toEqual(told);
        }
        expect(deadlocks(ran)).toBe(0);
        ran.mockRestore();
      },
    );
  });

  it('a user who is deleted is either named in time or made anew, and never half there', async () => {
    for (let round = 0; round < 4; round++) {
      desk = await AccountDesk.open(api);
      const rod = await desk.person('rod');
      const [put, gone] = await Promise.all([
        desk.put({ administrators: emails(['boss', 'rod']), groups: [{ name: 'A', users: emails(['rod']) }] }),
        desk.admin.delete(`/api/v1/directory/users/${rod.id}`),
      ]);
      expect([put.status, gone.status]).toEqual([200, 204]);
      const live = await count(
        `from app_user where organization_id = $1 and email_key = 'rod@example.com' and deleted_at is null`,
      );
      expect(await desk.groups()).toEqual({ A: live === 1 ? ['rod@example.com'] : [] });
    }
  });
});

describe('whoever changes the account and whoever changes its people', () => {
  const usersPath = '/api/v1/directory/users';
  const boss = { administrators: emails(['boss']) };

  afterEach(() => vi.restoreAllMocks());

  interface Rod {
    readonly name: string;
    readonly id: string;
    readonly groups: readonly { readonly _id: string; readonly name: string }[];
  }

  async function rodOf(round: number, groups: readonly string[]): Promise<Rod> {
    const name = `rod${round}`;
    const { id } = await desk.person(name);
    const wanted = groups.map((group) => ({ name: `${group} ${name}`, users: emails([name]) }));
    const { body } = await desk.admin.post(groupsPath).send(wanted).expect(201);
    const role = { principalId: id, role: 'Administrator' };
    await desk.admin.post('/api/v1/role-assignments').send(role).expect(201);
    return { name, id, groups: body.slice(0, groups.length) };
  }

  const remove = ({ id }: Rod) => desk.admin.delete(`${usersPath}/${id}`);
  const restore = ({ id }: Rod) => desk.admin.post(`${usersPath}/${id}/restore`);
  const each = ({ groups }: Rod, body: (group: Rod['groups'][number]) => object) =>
    groups.map((group) => desk.admin.put(`${groupsPath}/${group._id}`).send(body(group)));
  const account = (body: object) => desk.admin.put(accountPath).send(body);

  it.each<[string, (rod: Rod) => PromiseLike<{ status: number }>[], before?: (rod: Rod) => PromiseLike<unknown>]>([
    [
      'is deleted beside changes that name him',
      (rod) => [remove(rod), ...each(rod, () => ({ users: emails([rod.name]) }))],
    ],
    ['is deleted beside changes that name nobody', (rod) => [remove(rod), ...each(rod, () => ({ users: [] }))]],
    [
      'is deleted beside groups that get other names',
      (rod) => [remove(rod), ...each(rod, ({ name }) => ({ name: `${name} again`, users: [] }))],
    ],
    ['is deleted beside all groups', (rod) => [remove(rod), account({ ...boss, groups: [] })]],
    [
      'is deleted beside groups that go',
      (rod) => [remove(rod), ...rod.groups.map(({ _id }) => desk.admin.delete(`${groupsPath}/${_id}`))],
    ],
    [
      'is restored beside changes that name his address',
      (rod) => [restore(rod), ...each(rod, () => ({ users: emails([rod.name]) }))],
      remove,
    ],
    ['is restored beside all groups', (rod) => [restore(rod), account({ ...boss, groups: [] })], remove],
    ['is deleted beside other administrators', (rod) => [remove(rod), account(boss)]],
    ['is restored beside other administrators', (rod) => [restore(rod), account(boss)], remove],
  ])(
    'do not wait for each other where somebody %s',
    async (_, work, before) => {
      const ran = vi.spyOn(Transaction.prototype, 'run');
      for (let round = 0; round < 12; round++) {
        const rod = await rodOf(round, ['A', 'B', 'C']);
        await before?.(rod);
        const answers = await Promise.all(work(rod));
        expect(answers.filter(({ status }) => ![200, 204, 404, 409].includes(status))).toEqual([]);
      }
      expect(deadlocks(ran)).toBe(0);
    },
    60_000,
  );

  it('leave no Administrator of whoever is deleted or restored beside a list without him, and say so', async () => {
    const holds = `from role_assignment where organization_id = $1 and role = 'Administrator' and user_id <> '${desk.admin.user.id}'`;
    for (let round = 0; round < 12; round++) {
      const rod = await rodOf(round, ['A']);
      if (round % 2 === 0) await remove(rod).expect(204);
      const [, listed] = await Promise.all([round % 2 === 0 ? restore(rod) : remove(rod), account(boss)]);
      expect(listed.status).toBe(200);
      if (round % 2 !== 0) await restore(rod).expect(200);
      expect(await count(holds)).toBe(0);
      const told = (action: string) =>
        count(`from audit_event where organization_id = $1 and action = 'role.${action}' and subject_id = '${rod.id}'`);
      expect(await told('granted')).toBe(await told('revoked'));
    }
  });
});

/** Whoever is ended for the sake of the other begins again: the answers alone would not tell. */
function deadlocks({ mock }: MockInstance<Transaction['run']>): number {
  const failed = mock.settledResults.filter(({ type }) => type === 'rejected');
  return failed.filter(({ value }) => (value as { code?: unknown }).code === '40P01').length;
}
