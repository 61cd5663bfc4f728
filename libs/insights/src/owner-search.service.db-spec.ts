import { afterAll, beforeAll, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import type { Condition } from '@app/query';
import { SecretBox } from '@app/secrets';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { InsightsService } from './insights.service.js';
import { OwnerSearchService } from './owner-search.service.js';

const now = new Date('2024-06-01T12:00:00.000Z');
const threatening: Condition = { kind: 'compare', op: 'gt', path: 'totalThreat', value: 50 };

let bed: TestBed;

beforeAll(async () => {
  bed = await openTestBed();
});
afterAll(() => bed.close());

it('finds nobody by figures of before, however many owners time has changed', async () => {
  const company = await bed.given.organization();
  const caller = serverCaller(company.id, 'system', 'test', null);
  const insights = new InsightsService(bed.database);
  const owner = await company.owner();
  await bed.database.inTransaction(caller, (tx) => insights.recompute(tx, [owner.id], now));
  await bed.given.sql(
    `with more as (
       insert into owner (organization_id, name, name_key)
       select $1, 'owner ' || i, 'owner ' || i from generate_series(1, 12000) i returning id)
     insert into owner_statistics
     select (jsonb_populate_record(s, jsonb_build_object('owner_id', more.id, 'total_threat', 80, 'risk_level', 'high',
         'next_change_at', $2::timestamptz - interval '1 day'))).*
       from more, owner_statistics s where s.organization_id = $1`,
    [company.id, now],
  );

  const search = new OwnerSearchService(bed.database, insights, new SecretBox(Buffer.alloc(32, 1)));
  expect(await search.search(caller, { where: threatening, limit: 10 }, now)).toMatchObject({ items: [] });
  const due = await bed.given.sql('select from owner_statistics where organization_id = $1 and next_change_at <= $2', [
    company.id,
    now,
  ]);
  expect(due).toEqual([]);
});
