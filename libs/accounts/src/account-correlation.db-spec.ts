import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fold, newId } from '@app/kernel';
import type { Principal } from '@app/access';
import { Transaction } from '@app/persistence';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { Workbench } from '../../../test/support/workbench.js';
import { AccountCorrelation, type CorrelationOutcome, type CorrelationRow } from './account-correlation.js';

let bench: Workbench;
let service: AccountCorrelation;
let company: GivenOrganization;
let caller: Principal;
let connector: Row;
let ada: Row;
let bob: Row;

beforeAll(async () => {
  bench = await Workbench.open([]);
  service = bench.get(AccountCorrelation);
});
afterAll(() => bench.close());

beforeEach(async () => {
  company = await bench.given.organization();
  caller = principalOf(company.id, ['SOURCE_ADMIN']);
  connector = await feed('Directory', { staff: 'identityId', mail: 'email' });
  ada = await company.owner({ name: 'Ada', email: 'ada@example.com', identity_id: 'E1' });
  bob = await company.owner({ name: 'Bob', email: 'bob@example.com', alt_email: 'robert@example.com' });
  await counted(ada, bob);
});

/** As if a service had made them: with their figures. */
async function counted(...owners: Row[]): Promise<void> {
  const ids = owners.map(({ id }) => id);
  await bench.database.inTransaction(caller, async (tx) => tx.announce({ kind: 'owner.changed', ids }));
}

async function feed(name: string, mapping: object, more: object = {}): Promise<Row> {
  const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity', ...mapping }, ...more };
  return bench.connector(company, name, config);
}

const correlate = (...rows: Omit<CorrelationRow, 'row'>[]) =>
  service.correlate(
    caller,
    rows.map((row, i) => ({ row: i + 1, ...row })),
  );
const to = (account: { id: string }, owner: { id: string } | null) => ({
  account: { id: account.id },
  owner: owner && { id: owner.id },
});
const statuses = (outcomes: readonly CorrelationOutcome[]) => outcomes.map(({ status }) => status);

async function now({ id }: Row) {
  const [row] = await bench.given.sql<{ owner_id: string | null; correlation: string }>(
    'select owner_id, correlation from account where id = $1',
    [id],
  );
  return [row!.owner_id, row!.correlation];
}

async function events(): Promise<string[]> {
  const rows = await bench.given.sql<{ action: string }>(
    'select action from audit_event where organization_id = $1 order by id',
    [company.id],
  );
  return rows.map(({ action }) => action);
}

async function expectInOrder() {
  const broken = await brokenInvariants(bench.given, company);
  expect(broken.filter((sentence) => !sentence.startsWith('live accounts: '))).toEqual([]);
}

describe('accounts that are correlated by hand', () => {
  it('belong to whom their rows name, by id or by an address, whoever had them', async () => {
    const [one, two, three] = [
      await company.account(connector),
      await company.account(connector, null, { native_identity: 'CN=Zoë' }),
      await company.account(connector),
    ];
    const outcomes = await correlate(
      to(one, ada),
      { account: { connectorId: connector.id, nativeIdentity: 'cn=ZOË' }, owner: { email: 'ADA@example.com' } },
      { account: { id: three.id }, owner: { email: 'robert@example.com' } },
    );
    expect(outcomes).toEqual([
      { row: 1, accountId: one.id, ownerId: ada.id, status: 'correlated', message: null },
      { row: 2, accountId: two.id, ownerId: ada.id, status: 'correlated', message: null },
      { row: 3, accountId: three.id, ownerId: bob.id, status: 'correlated', message: null },
    ]);
    expect([await now(one), await now(two), await now(three)]).toEqual([
      [ada.id, 'manual'],
      [ada.id, 'manual'],
      [bob.id, 'manual'],
    ]);
    await expectInOrder();
    expect(statuses(await correlate(to(one, bob), to(two, ada)))).toEqual(['correlated', 'unchanged']);
    await expectInOrder();
  });

  it('stand for themselves: what is wrong with one row stops no other', async () => {
    const account = await company.account(connector);
    const twin = { native_identity: 'twin', native_key: 'twin 1' };
    await company.account(connector, null, twin);
    await company.account(connector, null, { ...twin, native_key: 'twin 2' });
    await company.owner({ name: 'Has it too', alt_email: 'bob@example.com' });
    const gone = await company.account(connector, null, { deleted_at: new Date() });
    const left = await company.owner({ deleted_at: new Date() });
    const other = await bench.given.organization();
    const theirs = await other.account(await other.connector(await other.application()));
    const named = (nativeIdentity: string, connectorId = connector.id) => ({ connectorId, nativeIdentity });
    const outcomes = await correlate(
      to(gone, ada),
      to(theirs, ada),
      to({ id: newId() }, ada),
      to({ id: 'no id' }, ada),
      { account: named('twin'), owner: { id: ada.id } },
      { account: named('nobody'), owner: { id: ada.id } },
      { account: named('twin', 'no id'), owner: { id: ada.id } },
      { account: named(String(theirs['native_identity']), String(theirs['connector_id'])), owner: { id: ada.id } },
      to(await company.account(connector), left),
      to(await company.account(connector), await other.owner()),
      to(await company.account(connector), { id: 'no id' }),
      { account: { id: (await company.account(connector)).id }, owner: { email: 'nobody@example.com' } },
      { account: { id: (await company.account(connector)).id }, owner: { email: 'bob@example.com' } },
      to(account, ada),
    );
    const noAccount = 'There is no such account.';
    const noOwner = 'There is no such identity.';
    expect(outcomes.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 4 }, () => noAccount),
      'Several accounts of the source have this native identity: name one by its id.',
      ...Array.from({ length: 3 }, () => noAccount),
      ...Array.from({ length: 4 }, () => noOwner),
      'Several identities have this address: name one by its id.',
      null,
    ]);
    expect(statuses(outcomes).filter((status) => status !== 'failed')).toEqual(['correlated']);
    expect(await now(account)).toEqual([ada.id, 'manual']);
    expect(await events()).toEqual(['account.correlated', 'owner.accountAdded']);
  });

  it('are named once: of several rows about one account only the first counts, however it is named', async () => {
    const account = await company.account(connector, null, { native_identity: 'ada' });
    const outcomes = await correlate(to(account, ada), to(account, bob), {
      account: { connectorId: connector.id, nativeIdentity: 'ADA' },
      owner: null,
    });
    expect(outcomes).toMatchObject([
      { status: 'correlated' },
      { status: 'failed', accountId: account.id, message: 'Row 1 is about this account already.' },
      { status: 'failed', message: 'Row 1 is about this account already.' },
    ]);
    expect(await now(account)).toEqual([ada.id, 'manual']);
  });

  it('count for the row that names them first, even when that one fails', async () => {
    const account = await company.account(connector);
    expect(statuses(await correlate(to(account, { id: newId() }), to(account, ada)))).toEqual(['failed', 'failed']);
    expect(await now(account)).toEqual([null, 'none']);
  });

  it('are out of reach of a SOURCE_SUBADMIN where he does not own the connector', async () => {
    const user = await company.user();
    await company.connectorOwner(connector, user);
    const foreign = await feed('Elsewhere', {});
    const [own, other] = [await company.account(connector), await company.account(foreign)];
    const narrow = principalOf(company.id, ['SOURCE_SUBADMIN', 'HELPDESK'], user.id);
    const outcomes = await service.correlate(narrow, [
      { row: 1, ...to(own, ada) },
      { row: 2, ...to(other, ada) },
      { row: 3, account: { connectorId: foreign.id, nativeIdentity: String(other['native_identity']) }, owner: null },
    ]);
    expect(outcomes.map(({ message }) => message)).toEqual([
      null,
      'There is no such account.',
      'There is no such account.',
    ]);
    expect(await now(other)).toEqual([null, 'none']);
  });
});

describe('a link that was made by hand', () => {
  const keyed = (...keys: (string | null)[]) => ({ correlation_keys: [...keys, null] });

  it('gives way to what the rules say when it is released', async () => {
    const ruled = await company.account(connector, null, keyed('e1', null));
    const kept = await company.account(connector, null, keyed('e1', null));
    const nobodys = await company.account(connector, null, keyed('e9', 'nobody@example.com'));
    await correlate(to(ruled, bob), to(kept, ada), to(nobodys, bob));
    expect(await correlate(to(ruled, null), to(kept, null), to(nobodys, null))).toEqual([
      { row: 1, accountId: ruled.id, ownerId: ada.id, status: 'released', message: null },
      { row: 2, accountId: kept.id, ownerId: ada.id, status: 'released', message: null },
      { row: 3, accountId: nobodys.id, ownerId: null, status: 'released', message: null },
    ]);
    expect([await now(ruled), await now(kept), await now(nobodys)]).toEqual([
      [ada.id, 'rule'],
      [ada.id, 'rule'],
      [null, 'none'],
    ]);
    await expectInOrder();
  });

  it('is released to nobody where the rules find two', async () => {
    await counted(await company.owner({ name: 'Other Ada', identity_id: 'e1' }));
    const account = await company.account(connector, null, keyed('e1', 'bob@example.com'));
    await correlate(to(account, ada));
    expect(await correlate(to(account, null))).toMatchObject([{ status: 'released', ownerId: null }]);
  });

  it('is judged by the rules of its own connector, each in one request', async () => {
    const byMail = await feed('Mail', { mail: 'email' }, { correlationRules: [{ account: 'email', owner: 'email' }] });
    const one = await company.account(connector, null, keyed('e1', null));
    const two = await company.account(byMail, null, { correlation_keys: ['bob@example.com'] });
    const three = await company.account(byMail, null, { correlation_keys: ['e1'] });
    await correlate(to(one, bob), to(two, ada), to(three, ada));
    const outcomes = await correlate(to(one, null), to(two, null), to(three, null));
    expect(outcomes.map(({ ownerId }) => ownerId)).toEqual([ada.id, bob.id, null]);
  });

  it('gives way to the person a row is about where the connector says who people are', async () => {
    const hr = await feed(
      'HR',
      { number: 'attributes.number', person: 'name', mail: 'email' },
      { authoritative: true, ownerMapping: { 'attributes.number': 'identityId', name: 'name', email: 'email' } },
    );
    const eve = await company.owner({ name: 'Eve', connector_id: hr.id, identity_id: 'N-7' });
    await counted(eve);
    const known = await company.account(hr, null, { attributes: { number: 'n-7' } });
    const addressed = await company.account(hr, null, { email: 'BOB@example.com', attributes: { number: 'N-8' } });
    await correlate(to(known, ada), to(addressed, ada));
    const outcomes = await correlate(to(known, null), to(addressed, null));
    expect(outcomes.map(({ ownerId }) => ownerId)).toEqual([eve.id, bob.id]);
    await expectInOrder();
  });

  it('is all that can be released', async () => {
    const ruled = await company.account(connector, ada, keyed(null, 'bob@example.com'));
    const provisioned = await company.account(connector, ada, { correlation: 'provisioning' });
    const free = await company.account(connector);
    const outcomes = await correlate(to(ruled, null), to(provisioned, null), to(free, null));
    expect(new Set(outcomes.map(({ status, message }) => `${status}: ${message}`))).toEqual(
      new Set(['unchanged: No link was made by hand: there is nothing to release.']),
    );
    expect([await now(ruled), await now(provisioned)]).toEqual([
      [ada.id, 'rule'],
      [ada.id, 'provisioning'],
    ]);
    expect(await events()).toEqual([]);
  });
});

describe('very many rows', () => {
  async function accounts(count: number): Promise<string[]> {
    const rows = await bench.given.sql<{ id: string }>(
      `insert into account (organization_id, connector_id, native_identity, native_key, native_identity_key, name, name_key,
         connector_name_key, correlation_keys)
       select $1, $2, n, n, n, n, n, $3, array[null, 'ada@example.com', null]
         from (select 'n ' || i as n from generate_series(1, $4::int) i) s returning id`,
      [company.id, connector.id, fold(connector.name), count],
    );
    await company.tally(connector, false, count);
    return rows.map(({ id }) => id);
  }

  it('cost the same few statements a thousand, whether they link or release', async () => {
    const ids = await accounts(2_500);
    const sent = vi.spyOn(Transaction.prototype, 'query');
    const costs: number[] = [];
    for (const [count, owner] of [
      [10, ada],
      [1_000, bob],
      [1_000, null],
      [2_500, bob],
      [2_500, null],
    ] as const) {
      sent.mockClear();
      const outcomes = await correlate(...ids.slice(0, count).map((id) => to({ id }, owner)));
      expect(new Set(statuses(outcomes))).toEqual(new Set([owner ? 'correlated' : 'released']));
      costs.push(sent.mock.calls.length);
    }
    sent.mockRestore();
    expect(costs[1]).toBe(costs[0]);
    expect(costs[3]).toBe(3 * costs[0]!);
    expect(costs[4]).toBe(3 * costs[2]!);
    expect(Math.max(costs[0]!, costs[2]!)).toBeLessThan(20);
    await expectInOrder();
  }, 60_000);

  it('are told apart over the whole request', async () => {
    const ids = await accounts(1_200);
    const outcomes = await correlate(...[...ids, ids[0]!].map((id) => to({ id }, ada)));
    expect(outcomes.at(-1)).toMatchObject({ status: 'failed', message: 'Row 1 is about this account already.' });
    expect(outcomes).toHaveLength(1_201);
  }, 30_000);

  it('that cannot all be written say which were', async () => {
    const ids = await accounts(1_500);
    await bench.given.sql(
      `create function refuse() returns trigger language plpgsql as $$ begin
         raise exception using errcode = 'lock_not_available'; end $$`,
    );
    await bench.given.sql(
      `create trigger refused before update on account for each row when (new.name = 'n 1400') execute function refuse()`,
    );
    const outcomes = await correlate(...ids.map((id) => to({ id }, ada)));
    expect(new Set(statuses(outcomes.slice(0, 1_000)))).toEqual(new Set(['correlated']));
    expect(outcomes.slice(1_000).map(({ row }) => row)).toEqual(Array.from({ length: 500 }, (_, i) => 1_001 + i));
    for (const { status, message } of outcomes.slice(1_000)) {
      expect([status, message]).toEqual(['failed', expect.stringMatching(/^Nothing was changed: /)]);
    }
    await expect(correlate(...ids.slice(1_000).map((id) => to({ id }, ada)))).rejects.toThrow(/Another change/);
    await bench.given.sql('drop trigger refused on account');
    await bench.given.sql('drop function refuse()');
    await expectInOrder();
  }, 60_000);
});

describe('the same accounts, correlated by several at one moment', () => {
  it('lose no link, and leave totals, figures and trail true', async () => {
    const accounts: Row[] = [];
    for (let i = 0; i < 8; i++) accounts.push(await company.account(connector));
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const chosen = i % 2 ? accounts : accounts.toReversed();
        const outcomes = await correlate(...chosen.map((account, n) => to(account, [ada, bob, null][(i + n) % 3]!)));
        expect(statuses(outcomes)).not.toContain('failed');
      }),
    );
    const broken = await brokenInvariants(bench.given, company);
    expect(broken.filter((sentence) => !/^live accounts: |^ownerId of /.test(sentence))).toEqual([]);
  }, 30_000);
});
