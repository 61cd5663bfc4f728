import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { serverCaller } from '@app/access';
import { fold, newId } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';
import type { GivenOrganization, Row } from '../../../../test/support/given.js';
import { productEntities } from '../../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../../test/support/test-bed.js';
import { Administrators } from './administrators.js';

const issuer = 'https://login.example';
const ofOthers = 'https://login.others.example';
const administrators = new Administrators([
  { issuer, organizations: undefined },
  { issuer: ofOthers, organizations: ['others'] },
]);
let bed: TestBed;
let company: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
});
afterAll(async () => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
});

const within = <T>(work: (tx: Transaction) => Promise<T>) =>
  bed.database.inTransaction(serverCaller(company.id, 'system', 'test', null), work);
const isLast = async ({ id }: Row) => within((tx) => administrators.isLast(tx, id));
const assign = (holder: { user_id: string } | { group_id: string }, role = 'Administrator') =>
  bed.given.insert('role_assignment', { organization_id: company.id, role, ...holder });

async function withPassword(columns: Record<string, unknown> = {}): Promise<Row> {
  const user = await company.user(columns);
  await bed.given.insert('credential', { organization_id: company.id, user_id: user.id, password_hash: 'x' });
  return user;
}

async function administrator(columns: Record<string, unknown> = {}): Promise<Row> {
  const user = await withPassword(columns);
  await assign({ user_id: user.id });
  return user;
}

/** A member of a group in a group that holds Administrator. */
async function nestedAdministrator(): Promise<Row> {
  const user = await withPassword();
  const [outer, inner] = [newId(), newId()];
  for (const id of [outer, inner]) {
    await bed.given.insert('user_group', { organization_id: company.id, id, name: id, name_key: fold(id) });
  }
  const nesting = { ancestor_id: outer, descendant_id: inner, paths: 1 };
  await bed.given.insert('group_closure', { organization_id: company.id, ...nesting });
  await bed.given.insert('membership', { organization_id: company.id, group_id: inner, user_id: user.id });
  await assign({ group_id: outer });
  return user;
}

describe('the last active Administrator', () => {
  it('is the only one who holds the role and can sign in', async () => {
    const one = await administrator();
    expect(await isLast(one)).toBe(true);
    const other = await administrator();
    expect([await isLast(one), await isLast(other)]).toEqual([false, false]);
  });

  it.each([
    ['disabled', { active: false, inactive_reason: 'manual' }],
    ['deleted', { deleted_at: new Date() }],
    ['not there yet', { invitation_pending: true }],
    ['no person', { system: true }],
  ])('has nobody beside him in one who is %s', async (_, columns) => {
    const one = await administrator();
    const other = await administrator(columns);
    expect([await isLast(one), await isLast(other)]).toEqual([true, false]);
  });

  it('has nobody beside him in one who has no way to sign in, be it a password or another provider', async () => {
    const one = await administrator();
    const other = await company.user({ external_id: 'e-1' });
    await assign({ user_id: other.id });
    expect([await isLast(one), await isLast(other)]).toEqual([true, false]);
    const identity = { organization_id: company.id, subject: 'e-1', user_id: other.id };
    for (const noDoor of ['https://no.provider.example', ofOthers]) {
      await bed.given.insert('external_identity', { ...identity, issuer: noDoor });
      expect([await isLast(one), await isLast(other)]).toEqual([true, false]);
    }
    await bed.given.insert('external_identity', { ...identity, issuer });
    expect([await isLast(one), await isLast(other)]).toEqual([false, false]);
  });

  it('has somebody beside him in one who signs in at a provider of this organization alone', async () => {
    company = await bed.given.organization({ slug: 'others' });
    const [one, other] = [await administrator(), await company.user()];
    await assign({ user_id: other.id });
    const identity = { organization_id: company.id, subject: 'e-1', user_id: other.id, issuer: ofOthers };
    await bed.given.insert('external_identity', identity);
    expect([await isLast(one), await isLast(other)]).toEqual([false, false]);
  });

  it('has somebody beside him in a member of a nested group', async () => {
    const one = await administrator();
    await nestedAdministrator();
    expect(await isLast(one)).toBe(false);
  });

  it('is found through nested groups as well', async () => {
    expect(await isLast(await nestedAdministrator())).toBe(true);
  });

  it('is not somebody with another role, nor of another organization', async () => {
    const one = await administrator();
    const helper = await company.user();
    await assign({ user_id: helper.id }, 'ORG_ADMIN');
    const elsewhere = await bed.given.organization();
    const stranger = await elsewhere.user();
    await bed.given.insert('role_assignment', {
      organization_id: elsewhere.id,
      user_id: stranger.id,
      role: 'Administrator',
    });
    expect([await isLast(one), await isLast(helper), await isLast(stranger)]).toEqual([true, false, false]);
  });
});

describe('a change that may take Administrators away', () => {
  const disable = statement<never>(
    undefined,
    `update app_user set active = false, inactive_reason = 'manual' where organization_id = $1 and id = $2`,
  );
  const disabling = async ({ id }: Row) =>
    within((tx) => administrators.keepOne(tx, async () => void (await tx.query(disable, [id]))));
  const active = async () => {
    const rows = await bed.given.sql('select from app_user where organization_id = $1 and active', [company.id]);
    return rows.length;
  };

  it('is undone when it took the last', async () => {
    const one = await administrator();
    await expect(disabling(one)).rejects.toThrow('The last active Administrator');
    expect(await active()).toBe(1);
  });

  it('is made when another is left, or when there was none before', async () => {
    await disabling(await company.user());
    const [one] = [await administrator(), await administrator()];
    await disabling(one);
    expect(await active()).toBe(1);
  });

  it('is made by one of two at the same moment that would take the last two', async () => {
    for (let round = 0; round < 5; round++) {
      company = await bed.given.organization();
      const both = [await administrator(), await administrator()];
      const outcomes = await Promise.allSettled(both.map(disabling));
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(await active()).toBe(1);
    }
  });

  it('waits for one that takes something from whoever is none yet, and then counts him no more', async () => {
    const [first, heir, group] = [await administrator(), await withPassword(), newId()];
    await bed.given.insert('user_group', { organization_id: company.id, id: group, name: group, name_key: group });
    await bed.given.insert('membership', { organization_id: company.id, group_id: group, user_id: heir.id });

    const [changed, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const lessening = within((tx) =>
      administrators.keepOneOf(tx, { seen: [], now: async () => [] }, async () => {
        await tx.query(disable, [heir.id]);
        changed.resolve();
        await over.promise;
      }),
    );
    await changed.promise;
    await assign({ group_id: group });
    let ended = false;
    const other = disabling(first).finally(() => (ended = true));
    const outcome = other.catch((error: Error) => error.message);
    const waiting = `select 1 from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`;
    await vi.waitUntil(async () => ended || (await bed.given.sql(waiting)).length > 0, { interval: 10 });
    const waited = !ended;
    over.resolve();
    await lessening;
    expect(waited).toBe(true);
    expect(await outcome).toContain('The last active Administrator');
    expect(await isLast(first)).toBe(true);
  });
});
