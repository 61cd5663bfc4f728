import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import type { DomainEvent } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { RepeatedNames } from './repeated-names.js';

let bed: TestBed;
let company: GivenOrganization;
let other: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed();
  new RepeatedNames(bed.announcements).onModuleInit();
  [company, other] = [await bed.given.organization(), await bed.given.organization()];
});
afterAll(() => bed.close());

async function announce(organization: GivenOrganization, event: DomainEvent): Promise<void> {
  const caller = serverCaller(organization.id, 'system', 'test', null);
  await bed.database.inTransaction(caller, async (tx) => tx.announce(event));
}

async function accountNow({ id }: Row): Promise<Row | undefined> {
  const columns = 'owner_name_key, owner_state, connector_name_key, modified_at, xmin::text';
  return (await bed.given.sql(`select ${columns} from account where id = $1`, [id]))[0];
}

describe('accounts', () => {
  it('follow the name and state of their owner, unmodified', async () => {
    const connector = await company.connector(await company.application());
    const [owner, colleague] = [await company.owner({ name: 'Old' }), await company.owner({ name: 'Old' })];
    const [his, theirs] = [await company.account(connector, owner), await company.account(connector, colleague)];
    const [before, untouched] = [await accountNow(his), await accountNow(theirs)];
    const change = `update owner set name = 'Ärger', name_key = 'ärger', status = 'inactive'`;
    await bed.given.sql(`${change} where id = any($1)`, [[owner.id, colleague.id]]);

    await announce(company, { kind: 'owner.changed', ids: [owner.id] });

    const after = await accountNow(his);
    expect(after).toMatchObject({ owner_name_key: 'ärger', owner_state: 'inactive' });
    expect(after?.['modified_at']).toEqual(before?.['modified_at']);
    expect(await accountNow(theirs)).toEqual(untouched);
    await announce(company, { kind: 'owner.changed', ids: [owner.id] });
    expect(await accountNow(his)).toEqual(after);
  });

  it('follow the name of their connector', async () => {
    const connector = await company.connector(await company.application(), { name: 'Old' });
    const account = await company.account(connector);
    await bed.given.sql(`update connector set name = 'New', name_key = 'new' where id = $1`, [connector.id]);
    await announce(company, { kind: 'connector.renamed', ids: [connector.id] });
    expect(await accountNow(account)).toMatchObject({ connector_name_key: 'new' });
  });

  it('do not follow what another organization announces', async () => {
    const connector = await company.connector(await company.application(), { name: 'Old' });
    const account = await company.account(connector);
    await bed.given.sql(`update connector set name_key = 'new' where id = $1`, [connector.id]);
    await announce(other, { kind: 'connector.renamed', ids: [connector.id] });
    expect(await accountNow(account)).toMatchObject({ connector_name_key: 'old' });
  });
});
