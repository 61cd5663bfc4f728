import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';

let bed: TestBed;
let ours: GivenOrganization;
let account: Row;
let entitlement: Row;
let theirAccount: Row;

beforeAll(async () => {
  bed = await openTestBed();
  ours = await bed.given.organization();
  const theirs = await bed.given.organization();
  const connector = await ours.connector(await ours.application());
  [account, entitlement] = [await ours.account(connector), await ours.entitlement(connector)];
  theirAccount = await theirs.account(await theirs.connector(await theirs.application()));
});
afterAll(() => bed.close());

const hold = (accountId: string, entitlementId: string) =>
  bed.given.insert('account_entitlement', {
    organization_id: ours.id,
    account_id: accountId,
    entitlement_id: entitlementId,
  });
const held = () => bed.given.sql('select from account_entitlement where organization_id = $1', [ours.id]);
const refusal = (constraint: string) => expect.objectContaining({ code: '23503', constraint });

describe('what an account holds', () => {
  it('must exist on both sides, in the same organization', async () => {
    await expect(hold(newId(), entitlement.id)).rejects.toEqual(refusal('account_entitlement_account_exists'));
    await expect(hold(theirAccount.id, entitlement.id)).rejects.toEqual(refusal('account_entitlement_account_exists'));
    await expect(hold(account.id, newId())).rejects.toEqual(refusal('account_entitlement_entitlement_exists'));
    expect(await held()).toEqual([]);
  });

  it('may not be moved to what does not exist', async () => {
    await hold(account.id, entitlement.id);
    const move = bed.given.sql('update account_entitlement set entitlement_id = $2 where account_id = $1', [
      account.id,
      newId(),
    ]);
    await expect(move).rejects.toEqual(refusal('account_entitlement_entitlement_exists'));
  });

  it('keeps the entitlement, and goes with the account', async () => {
    const remove = (table: string, { id }: Row) => bed.given.sql(`delete from ${table} where id = $1`, [id]);
    await expect(remove('entitlement', entitlement)).rejects.toEqual(refusal('account_entitlement_entitlement_exists'));
    expect(await held()).toHaveLength(1);
    await remove('account', account);
    expect(await held()).toEqual([]);
    await remove('entitlement', entitlement);
  });
});
