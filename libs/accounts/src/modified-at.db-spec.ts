import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { parseConnectorConfig } from '@app/connectors';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { AccountCommands } from './account-commands.js';
import { AccountEdits } from './account-edits.js';
import { AccountLinks } from './account-links.js';
import { writeState } from './account-operations.js';

let bench: Workbench;
let company: GivenOrganization;
let caller: Principal;
let account: Row;
let owner: Row;

beforeAll(async () => {
  bench = await Workbench.open([]);
});
afterAll(() => bench.close());

beforeEach(async () => {
  company = await bench.given.organization();
  caller = principalOf(company.id, ['Administrator']);
  const config = parseConnectorConfig({ kind: 'delimited-file', mapping: { login: 'nativeIdentity' } });
  const connector = await company.connector(await company.application(), { kind: 'delimited-file', config });
  owner = await company.owner();
  account = await company.account(connector, null);
});

async function modified(): Promise<string> {
  const [row] = await bench.given.sql<{ at: Date }>('select modified_at as at from account where id = $1', [
    account.id,
  ]);
  return new Date(row!.at).toISOString();
}

const manual = () => ({ accountId: account.id, ownerId: owner.id, correlation: 'manual' as const });
const city = (value: string) => ({ attributes: { city: value } });

describe('when an account was changed', () => {
  it('is later than before, even by a clock that is behind', async () => {
    const { database } = bench;
    const writes: readonly (() => Promise<unknown>)[] = [
      () => database.inTransaction(caller, (tx) => bench.get(AccountLinks).link(tx, [manual()])),
      () => database.inTransaction(caller, (tx) => writeState(tx, 'disable', [account.id])),
      () => bench.get(AccountEdits).edit(caller, account.id, () => city('Cairo')),
      () => bench.get(AccountCommands).remove(caller, account.id),
    ];
    await bench.given.sql(`update account set modified_at = '2999-01-01T00:00:00Z' where id = $1`, [account.id]);
    for (const [i, write] of writes.entries()) {
      await write();
      expect(await modified()).toBe(`2999-01-01T00:00:00.00${i + 1}Z`);
    }
  });

  it('is when it was written, not when the transaction began that waited for its turn', async () => {
    for (const operation of ['disable', 'link'] as const) {
      const meanwhile = await bench.database.inTransaction(caller, async (tx) => {
        await sleep(30);
        const at = new Date().toISOString();
        await sleep(5);
        if (operation === 'link') await bench.get(AccountLinks).link(tx, [manual()]);
        else await writeState(tx, operation, [account.id]);
        return at;
      });
      expect((await modified()) > meanwhile).toBe(true);
    }
  });

  it('stays when nothing changes', async () => {
    await bench.get(AccountEdits).edit(caller, account.id, () => city('Cairo'));
    const before = await modified();
    await bench.get(AccountEdits).edit(caller, account.id, () => city('Cairo'));
    await bench.database.inTransaction(caller, (tx) => writeState(tx, 'enable', [account.id]));
    expect(await modified()).toBe(before);
  });
});
