import { describe, expect, it } from 'vitest';
import { presentTrail } from './present-trail.js';

const at = '2026-01-31T12:00:00.000Z';
const event = (action: string, before: object | null, after: object | null, actor_type: 'user' | 'sync' = 'user') =>
  ({ at, action, actor_type, before, after }) as Parameters<typeof presentTrail>[0][number];
const entries = (...events: ReturnType<typeof event>[]) =>
  presentTrail(events, 10).map(({ timestamp, action, details }) => {
    expect(timestamp).toBe(at);
    return [action, details];
  });

describe('an entry of the trail', () => {
  it.each([
    ['owner.created', null, { name: 'Ada' }, 'owner_created', 'Owner created'],
    ['owner.deleted', { name: 'Ada' }, null, 'owner_deleted', 'Owner deleted'],
    ['owner.restored', null, { name: 'Ada' }, 'owner_restored', 'Owner restored'],
    ['owner.accountAdded', null, { accountId: 'acc-789' }, 'account_added', 'Account acc-789 linked to owner'],
    ['owner.accountRemoved', { accountId: 'a1' }, null, 'account_removed', 'Account a1 unlinked from owner'],
    ['owner.roleAdded', null, { role: { id: 'r1', name: 'Sales - Clerk' } }, 'role_added', 'Role Sales - Clerk added'],
    ['owner.roleRemoved', { role: { id: 'r1', name: 'Sales' } }, null, 'role_removed', 'Role Sales removed'],
    ['owner.userLinked', null, { userId: 'u1' }, 'user_linked', 'User u1 linked to owner'],
    ['owner.userReleased', { userId: 'u1' }, null, 'user_released', 'User u1 unlinked from owner'],
    ['owner.managerChanged', { managerId: null }, { managerId: 'm1' }, 'manager_changed', 'Manager set to m1'],
    ['owner.managerChanged', { managerId: 'm1' }, { managerId: null }, 'manager_changed', 'Manager m1 removed'],
    ['owner.updated', { title: 'Clerk' }, { title: 'Chief' }, 'owner_updated', 'Title changed from Clerk to Chief'],
    ['owner.updated', { alt_email: null }, { alt_email: 'a@b.c' }, 'owner_updated', 'Alt email set to a@b.c'],
    ['owner.updated', { metadata: { a: 1 } }, { metadata: {} }, 'owner_updated', 'Metadata changed'],
  ])('tells of %s from %j to %j', (action, before, after, spelled, details) => {
    expect(entries(event(action, before, after))).toEqual([[spelled, details]]);
  });

  it('that a run wrote says so, unless it is of the status or the manager', () => {
    const before = { title: null, status: 'active' };
    const after = { title: 'Chief', status: 'inactive' };
    expect(entries(event('owner.updated', before, after, 'sync'))).toEqual([
      ['synced', 'Title set to Chief'],
      ['status_changed', 'Status changed from active to inactive'],
    ]);
  });

  it('is made for each kind of change of one event, all fields of a kind in one', () => {
    const before = { name: 'Ada', department: 'Sales', status: 'active', managerId: 'm1' };
    const after = { name: 'Ada Amir', department: null, status: 'inactive', managerId: 'm2' };
    expect(entries(event('owner.updated', before, after))).toEqual([
      ['owner_updated', 'Name changed from Ada to Ada Amir; department Sales removed'],
      ['status_changed', 'Status changed from active to inactive'],
      ['manager_changed', 'Manager changed from m1 to m2'],
    ]);
  });

  it('that tells of a return tells what the same run changed', () => {
    expect(entries(event('owner.restored', { title: 'T' }, { title: 'Again' }, 'sync'))).toEqual([
      ['owner_restored', 'Owner restored'],
      ['synced', 'Title changed from T to Again'],
    ]);
  });

  it('tells no more of a purged person than that something changed', () => {
    expect(
      entries(
        event('owner.updated', { name: null }, { name: null }),
        event('owner.accountAdded', null, { accountId: null }),
        event('owner.roleAdded', null, { role: null }),
      ),
    ).toEqual([
      ['owner_updated', 'Name changed'],
      ['account_added', 'Account linked to owner'],
      ['role_added', 'Role added'],
    ]);
  });

  it('is left out beyond the limit, also within an event', () => {
    const several = event('owner.updated', { title: 'a', status: 'active' }, { title: 'b', status: 'inactive' });
    expect(presentTrail([several, several], 3).map(({ action }) => action)).toEqual([
      'owner_updated',
      'status_changed',
      'owner_updated',
    ]);
  });
});
