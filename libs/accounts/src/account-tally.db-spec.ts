import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from '../../../test/support/callers.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { AccountTally } from './account-tally.js';

let bed: TestBed;
let tally: AccountTally;

beforeAll(async () => {
  bed = await openTestBed();
  tally = new AccountTally(bed.database);
});
afterAll(() => bed.close());

const rows = async () =>
  bed.given.sql('select connector_id, correlated, delta::int from account_tally order by connector_id, correlated');

async function company() {
  const organization = await bed.given.organization();
  const connector = await organization.connector(await organization.application());
  return { organization, connector, caller: principalOf(organization.id, ['AUDITOR']) };
}

describe('folding the tally', () => {
  it('leaves one row for each connector and kind, of every organization, and all totals as they were', async () => {
    const [one, two] = [await company(), await company()];
    for (const { organization, connector } of [one, two]) {
      for (const delta of [3, -1, 5]) await organization.tally(connector, true, delta);
      await organization.tally(connector, false, 2);
    }
    await tally.fold();
    expect(await rows()).toEqual(
      [one, two]
        .map(({ connector }) => connector.id)
        .toSorted()
        .flatMap((connector_id) => [
          { connector_id, correlated: false, delta: 2 },
          { connector_id, correlated: true, delta: 7 },
        ]),
    );
    for (const { caller, connector } of [one, two]) {
      expect(await tally.total(caller, {})).toBe(9);
      expect(await tally.total(caller, { connectorIds: [connector.id], correlated: true })).toBe(7);
    }
  });

  it('leaves no row where differences cancel out, and none alone untouched is written again', async () => {
    const { organization, connector, caller } = await company();
    await organization.tally(connector, true, 4);
    await organization.tally(connector, false, 1);
    await organization.tally(connector, false, -1);
    const kept = 'select id, xmin::text from account_tally where connector_id = $1 and correlated';
    const before = await bed.given.sql(kept, [connector.id]);
    await tally.fold();
    expect(await bed.given.sql(kept, [connector.id])).toEqual(before);
    expect(await tally.total(caller, { correlated: false })).toBe(0);
  });

  it('may happen twice at once', async () => {
    const { organization, connector, caller } = await company();
    for (let i = 0; i < 50; i++) await organization.tally(connector, i % 2 === 0, 1);
    await Promise.all([tally.fold(), tally.fold(), tally.fold()]);
    expect(await tally.total(caller, {})).toBe(50);
  });
});
