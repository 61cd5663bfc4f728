import type { GroupMembers } from '@app/directory';
import type { Account, AccountGroup } from './account.service.js';
import type { AccountPerson, SettledPeople } from './named-people.js';

/** In which order a request named what it changed. */
export interface RequestOrder {
  readonly administratorIds?: readonly string[] | undefined;
  readonly groups?: readonly GroupMembers[] | undefined;
}

/** The account as whoever changed it hears of it: in his order, with the ways to finish the profiles he made. */
export function toldInOrder(account: Account, order: RequestOrder, settled: SettledPeople): Account {
  const { administrators, groups } = account;
  return {
    ...account,
    ...(administrators && { administrators: peopleTold(administrators, order.administratorIds, settled) }),
    ...(groups && { groups: groupsTold(groups, order.groups, settled) }),
  };
}

/** Those that were named first, in their order; the others as they come. */
export function groupsTold(
  groups: readonly AccountGroup[],
  named: readonly GroupMembers[] | undefined,
  settled: SettledPeople,
): AccountGroup[] {
  const members = new Map(named?.map(({ groupId, userIds }) => [groupId, userIds]));
  return inOrder(
    groups,
    ({ id }) => id,
    named?.map(({ groupId }) => groupId),
  ).map((group) => ({
    ...group,
    users: peopleTold(group.users, members.get(group.id), settled),
  }));
}

function peopleTold(people: readonly AccountPerson[], ids: readonly string[] | undefined, settled: SettledPeople) {
  return inOrder(people, ({ user }) => user.id, ids).map(({ user }) => settled.withUrl(user));
}

function inOrder<T>(items: readonly T[], idOf: (item: T) => string, ids: readonly string[] = []): T[] {
  const places = new Map(ids.map((id, at) => [id, at]));
  const placeOf = (item: T) => places.get(idOf(item)) ?? ids.length;
  return items.toSorted((a, b) => placeOf(a) - placeOf(b));
}
