import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { SignInTidying } from './sign-in-tidying.js';

const daysFromNow = (days: number) => new Date(Date.now() + days * 86_400_000);

let bed: TestBed;
let company: GivenOrganization;
let user: Row;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
  company = await bed.given.organization();
  user = await company.user();
});
afterAll(async () => bed.close());

async function session(columns: Record<string, unknown>): Promise<string> {
  const id = newId();
  const common = { organization_id: company.id, id, user_id: user.id, credential_version: 1 };
  await bed.given.insert('session', { ...common, ...columns });
  return id;
}

it('takes away sessions that ended long ago, spent nonces and counters, and nothing alive', async () => {
  const live = await session({ expires_at: daysFromNow(1) });
  const lately = await session({ expires_at: daysFromNow(-29) });
  await session({ expires_at: daysFromNow(-31) });
  await session({ expires_at: daysFromNow(-1), revoked_at: daysFromNow(-31) });
  const client = { organization_id: company.id, id: newId(), user_id: user.id, name: 'c', client_id: 'c', roles: [] };
  await bed.given.insert('oauth_client', { ...client, public_key: '{}' });
  for (const [nonce, days] of [
    ['spent', -1],
    ['kept', 1],
  ] as const) {
    const used = { organization_id: company.id, client_id: client.id, nonce, expires_at: daysFromNow(days) };
    await bed.given.insert('used_nonce', used);
    await bed.given.insert('rate_limit', { key: nonce, points: 1, expire: Date.now() + days * 1_000 });
  }

  const justSpent = { nonce: 'just spent', expires_at: daysFromNow(-1 / 48) };
  await bed.given.insert('used_nonce', { organization_id: company.id, client_id: client.id, ...justSpent });

  await new SignInTidying(bed.database).tidy();

  const ids = async (text: string) => (await bed.given.sql<{ id: string }>(text)).map(({ id }) => id);
  expect(await ids('select id from session order by id')).toEqual([live, lately].toSorted());
  expect(await ids('select nonce as id from used_nonce order by 1')).toEqual(['just spent', 'kept']);
  expect(await ids('select key as id from rate_limit')).toEqual(['kept']);
});
