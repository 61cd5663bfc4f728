import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventValues } from '@app/audit';
import type { GivenOrganization, Row } from '../../../../test/support/given.js';
import { productEntities } from '../../../../test/support/product-entities.js';
import { HeldTransaction } from '../../../../test/support/held-transaction.js';
import { openTestBed, type TestBed } from '../../../../test/support/test-bed.js';
import { newSession, openElsewhere, sessionValues } from '../sign-in-outcomes.js';
import { signedInUser } from '../sign-in.js';

const identity = { issuer: 'https://login.example.com', subject: 'ada' };
const origin = { address: '192.0.2.1', userAgent: undefined, requestId: null };

let bed: TestBed;
let company: GivenOrganization;
let user: Row;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
});
afterAll(async () => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
  user = await company.user({});
  await bed.given.insert('external_identity', { organization_id: company.id, user_id: user.id, ...identity });
});

async function open() {
  const caller = signedInUser(company.id, { id: user.id, name: user.name }, origin);
  const event = eventValues(caller, { action: 'user.loggedIn', subjectType: 'user', subjectId: user.id });
  const session = sessionValues(newSession(), { credentialVersion: 1 }, origin);
  const values = [user.id, identity.issuer, identity.subject, ...session, ...event];
  return bed.database.inOneStatement(caller, openElsewhere, values);
}

const kept = async () =>
  bed.given.sql(
    `select 'session' as kept from session where user_id = $1 union all select action from audit_event where subject_id = $1`,
    [user.id],
  );

describe('the statement that opens a session for whoever a provider confirmed', () => {
  it('opens it, tells of it, and says how many others there are', async () => {
    expect(await open()).toEqual([{ done: true, others: 0 }]);
    expect(await open()).toEqual([{ done: true, others: 1 }]);
    expect(await kept()).toHaveLength(4);
  });

  it.each([
    ['was switched off', `update app_user set active = false, inactive_reason = 'manual' where id = $1`],
    ['was deleted', 'update app_user set deleted_at = now() where id = $1'],
    ['was invited anew', 'update app_user set invitation_pending = true where id = $1'],
    ['was made a user of the system', 'update app_user set system = true where id = $1'],
    ['is known by it no more', 'delete from external_identity where user_id = $1'],
    ['is another at the provider', `update external_identity set subject = 'eve' where user_id = $1`],
  ])('does nothing for a user who in that moment %s', async (_, change) => {
    await bed.given.sql(change, [user.id]);
    expect(await open()).toEqual([]);
    expect(await kept()).toEqual([]);
  });

  it('waits for the user before it holds his identity, as whoever changes both of them does', async () => {
    const hold = 'select from app_user where id = $1 for update';
    const held = await HeldTransaction.begin(bed.file.ownerUrl, hold, [user.id]);
    const opening = open();
    await held.untilInTheWayOf(1);
    await held.query('select from external_identity where user_id = $1 for update nowait', [user.id]);
    await held.query('delete from external_identity where user_id = $1', [user.id]);
    await held.commit();
    expect(await opening).toEqual([]);
    expect(await kept()).toEqual([]);
  });
});
