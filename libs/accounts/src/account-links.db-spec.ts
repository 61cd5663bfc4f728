import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { Principal } from '@app/access';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { Workbench } from '../../../test/support/workbench.js';
import { AccountLinks, type LinkOutcome, type WantedLink } from './account-links.js';

let bench: Workbench;
let links: AccountLinks;
let company: GivenOrganization;
let caller: Principal;
let connector: Row;
let ada: Row;
let bob: Row;

beforeAll(async () => {
  bench = await Workbench.open([]);
  links = bench.get(AccountLinks);
});
afterAll(() => bench.close());

beforeEach(async () => {
  company = await bench.given.organization();
  caller = principalOf(company.id, ['SOURCE_ADMIN']);
  connector = await company.connector(await company.application());
  ada = await company.owner({ name: 'Ada', email: 'ada@example.com' });
  bob = await company.owner({ name: 'Bob', email: 'bob@example.com' });
  await bench.database.inTransaction(caller, async (tx) =>
    tx.announce({ kind: 'owner.changed', ids: [ada.id, bob.id] }),
  );
});

async function link(...wanted: WantedLink[]): Promise<Record<string, LinkOutcome>> {
  return Object.fromEntries(await bench.database.inTransaction(caller, (tx) => links.link(tx, wanted)));
}

const manual = (account: { id: string }, owner: { id: string } | null): WantedLink => ({
  accountId: account.id,
  ownerId: owner?.id ?? null,
  correlation: 'manual',
});

async function now({ id }: Row) {
  const columns = 'owner_id, correlation, owner_name_key, owner_state, version';
  return (await bench.given.sql(`select ${columns} from account where id = $1`, [id]))[0];
}

async function trail() {
  const rows = await bench.given.sql(
    `select action, subject_id, before, after, actor_id, request_id from audit_event where organization_id = $1 order by id`,
    [company.id],
  );
  return rows as unknown as { action: string; subject_id: string; before: unknown; after: unknown; actor_id: string }[];
}

const actions = async () => (await trail()).map(({ action, subject_id }) => [action, subject_id]);

/** Nobody told the trail how the accounts came about; what it tells of links is told in full. */
async function expectInOrder(but = /^live accounts: /) {
  const broken = await brokenInvariants(bench.given, company);
  expect(broken.filter((sentence) => !but.test(sentence))).toEqual([]);
}

describe('a link made by hand', () => {
  it('gives the account its owner, and tells of it on both, in the caller’s name', async () => {
    const account = await company.account(connector, null, { name: 'root' });
    expect(await link(manual(account, ada))).toEqual({ [account.id]: 'changed' });
    expect(await now(account)).toMatchObject({
      owner_id: ada.id,
      correlation: 'manual',
      owner_name_key: 'ada',
      owner_state: 'active',
      version: 2,
    });
    expect(await trail()).toMatchObject([
      {
        action: 'account.correlated',
        subject_id: account.id,
        before: { ownerId: null, correlation: 'none' },
        after: { ownerId: ada.id, correlation: 'manual' },
        actor_id: caller.userId,
      },
      {
        action: 'owner.accountAdded',
        subject_id: ada.id,
        before: null,
        after: { accountId: account.id, name: 'root' },
      },
    ]);
    await expectInOrder();
  });

  it('takes the account from whoever had it', async () => {
    const account = await company.account(connector, null, { name: 'root' });
    await link({ ...manual(account, ada), correlation: 'rule' });
    expect(await link(manual(account, bob))).toEqual({ [account.id]: 'changed' });
    expect((await actions()).slice(2)).toEqual([
      ['account.correlated', account.id],
      ['owner.accountRemoved', ada.id],
      ['owner.accountAdded', bob.id],
    ]);
    await expectInOrder();
  });

  it('is released to nobody, whoever is said to have made it', async () => {
    const account = await company.account(connector, null);
    await link(manual(account, ada));
    expect(await link(manual(account, null))).toEqual({ [account.id]: 'changed' });
    expect(await now(account)).toMatchObject({ owner_id: null, correlation: 'none', owner_name_key: null });
    expect((await actions()).slice(2)).toEqual([
      ['account.uncorrelated', account.id],
      ['owner.accountRemoved', ada.id],
    ]);
    await expectInOrder();
  });

  it('of the same owner changes only who made it, which is no news to the owner', async () => {
    const account = await company.account(connector, null);
    await link({ ...manual(account, ada), correlation: 'rule' });
    expect(await link(manual(account, ada))).toEqual({ [account.id]: 'changed' });
    expect((await trail()).slice(2)).toMatchObject([
      { action: 'account.updated', before: { correlation: 'rule' }, after: { correlation: 'manual' } },
    ]);
    await expectInOrder();
  });

  it('that is there already writes nothing at all', async () => {
    const account = await company.account(connector, null);
    await link(manual(account, ada));
    const [before, events] = [await now(account), await trail()];
    expect(await link(manual(account, ada))).toEqual({ [account.id]: 'unchanged' });
    const orphan = await company.account(connector, null);
    expect(await link(manual(orphan, null))).toEqual({ [orphan.id]: 'unchanged' });
    expect([await now(account), await trail()]).toEqual([before, events]);
    await expectInOrder();
  });

  it('reaches neither a removed account nor a deleted owner, nor anything of another organization', async () => {
    const elsewhere = await bench.given.organization();
    const theirs = await elsewhere.account(await elsewhere.connector(await elsewhere.application()));
    const gone = await company.account(connector, null, { deleted_at: new Date() });
    const account = await company.account(connector, null);
    const late = await company.owner({ deleted_at: new Date() });
    const nobody = newId();
    expect(await link(manual(theirs, ada), manual(gone, ada), manual(account, late))).toEqual({
      [theirs.id]: 'no_account',
      [gone.id]: 'no_account',
      [account.id]: 'no_owner',
    });
    expect(await link(manual(account, { id: nobody }))).toEqual({ [account.id]: 'no_owner' });
    expect(await link(manual(account, await elsewhere.owner()))).toEqual({ [account.id]: 'no_owner' });
    expect(await trail()).toEqual([]);
  });

  it('counts the figures of everybody it concerns anew, whose address an unowned account has too', async () => {
    const account = await company.account(connector, null, { email: 'bob@example.com' });
    await link(manual(account, ada));
    await expectInOrder();
    await link(manual(account, null));
    await expectInOrder();
  });
});

describe('many links at once', () => {
  it('are made of several connectors together, each told for itself, with totals by connector', async () => {
    const second = await company.connector(await company.application());
    const accounts = [];
    for (let i = 0; i < 20; i++) accounts.push(await company.account(i % 2 ? connector : second, null));
    const outcome = await link(...accounts.map((account, i) => manual(account, i % 3 ? ada : bob)));
    expect(new Set(Object.values(outcome))).toEqual(new Set(['changed']));
    await expectInOrder();
    await link(...accounts.slice(5).map((account) => manual(account, null)));
    await expectInOrder();
  });

  it('of one account are the last of them', async () => {
    const account = await company.account(connector, null);
    expect(await link(manual(account, ada), manual(account, bob))).toEqual({ [account.id]: 'changed' });
    expect(await now(account)).toMatchObject({ owner_id: bob.id });
  });

  it('of none are nothing', async () => {
    expect(await link()).toEqual({});
  });

  it('made by several at the same moment lose none, and leave totals, trail and figures true', async () => {
    const accounts: Row[] = [];
    for (let i = 0; i < 8; i++) accounts.push(await company.account(connector, null));
    const rounds = Array.from({ length: 24 }, (_, i) => {
      const chosen = i % 2 ? accounts : accounts.toReversed();
      return link(...chosen.slice(i % 4).map((account, n) => manual(account, [ada, bob, null][(i + n) % 3]!)));
    });
    await Promise.all(rounds);
    // Who began first need not have come first: of several at one moment the ids of their events tell the order.
    await expectInOrder(/^live accounts: |^ownerId of /);
    const last = new Map((await trail()).map(({ subject_id, after }) => [subject_id, after as object]));
    for (const account of accounts) {
      const { owner_id: ownerId } = (await now(account)) as unknown as { owner_id: string | null };
      expect(last.get(account.id) ?? { ownerId: null }).toMatchObject({ ownerId });
    }
  }, 30_000);
});
