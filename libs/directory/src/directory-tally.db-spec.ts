import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { DirectoryTally, type TallyFilter } from './directory-search.js';

let bed: TestBed;
let tally: DirectoryTally;
let company: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed();
  tally = new DirectoryTally(bed.database);
});
afterAll(async () => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
});

const total = async (filter: TallyFilter) => tally.total({ organizationId: company.id }, filter);
const sql = async (text: string) => bed.given.sql<{ n: number }>(text, [company.id]);
const rows = async () => (await sql('select from directory_tally where organization_id = $1')).length;

async function fill(): Promise<void> {
  await sql(`insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key,
      active, inactive_reason, system, external_id, invitation_pending)
    select $1, new_id(), n::text, n::text, n::text, n::text, n % 2 = 0, case when n % 2 = 1 then 'manual' end, n % 3 = 0,
           case when n % 5 = 0 then n::text end, n % 7 = 0 from generate_series(1, 60) n`);
  for (const name of ['a', 'b', 'c']) {
    const row = { organization_id: company.id, id: newId(), name, name_key: name, system: name === 'a' };
    await bed.given.insert('user_group', row);
  }
  await bed.given.insert('user_group', { organization_id: company.id, kind: 'org_group', name: 'a', name_key: 'a' });
}

describe('the totals of the directory', () => {
  it('are those of a count, whoever writes, and after they are folded', async () => {
    await fill();
    await sql(`update app_user set deleted_at = now() where organization_id = $1 and user_name like '4%'`);
    await sql(
      `update app_user set active = true, inactive_reason = null where organization_id = $1 and user_name like '2%'`,
    );
    await sql(`delete from app_user where organization_id = $1 and user_name like '3%'`);
    await sql(`delete from user_group where organization_id = $1 and name = 'c'`);
    const cases: readonly (readonly [TallyFilter, string])[] = [
      [{ kind: 'user' }, 'true'],
      [{ kind: 'user', deleted: false }, 'deleted_at is null'],
      [{ kind: 'user', deleted: true, active: false }, 'deleted_at is not null and not active'],
      [{ kind: 'user', system: true, external: false }, 'system and external_id is null'],
      [{ kind: 'user', invited: true, active: true }, 'invitation_pending and active'],
    ];
    for (const folded of [false, true]) {
      if (folded) await tally.fold();
      for (const [filter, where] of cases) {
        const [counted] = await sql(`select count(*)::int as n from app_user where organization_id = $1 and ${where}`);
        expect([filter, folded, await total(filter)]).toEqual([filter, folded, counted!.n]);
      }
      expect(await total({ kind: 'group' })).toBe(2);
      expect(await total({ kind: 'group', system: true })).toBe(1);
    }
  });

  it('cost nothing where what they count by stays, and fold to a row for each kind', async () => {
    await fill();
    const before = await rows();
    await sql(`update app_user set last_login_at = now(), display_name = 'x' where organization_id = $1`);
    expect(await rows()).toBe(before);
    await sql(
      `update app_user set active = not active, inactive_reason = case when active then 'manual' end where organization_id = $1`,
    );
    await tally.fold();
    const folded = await rows();
    expect(folded).toBeLessThan(before + 60);
    await tally.fold();
    expect(await rows()).toBe(folded);
  });
});
