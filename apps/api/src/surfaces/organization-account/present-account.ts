import type { Account, AccountGroup, AccountPerson } from '@app/administration';
import type { AccountAttribute } from './account.attributes.js';

/** An attribute without a value is left out. */
export function presentAccount(account: Account, wanted: ReadonlySet<AccountAttribute>): object {
  const { organization, administrators, groups } = account;
  const view: Record<AccountAttribute, unknown> = {
    _class: 'io.eagle.models.owner.Owner',
    _id: organization.id,
    accountName: organization.name,
    accountType: organization.account_type,
    administrators: administrators?.map(presentPerson),
    categories: organization.categories.map(({ id, name, place }) => ({ name, index: place, _id: id })),
    createdTime: organization.created_at,
    groups: groups?.map(presentGroup),
    quality: organization.quality,
    slug: organization.slug,
  };
  const shown = Object.entries(view).filter(([name]) => wanted.has(name as AccountAttribute));
  return Object.fromEntries(shown);
}

export function presentGroup({ id, name, users }: AccountGroup) {
  return { _id: id, name, users: users.map(presentPerson) };
}

/** Whoever has no address is known by his user name. */
export function presentPerson({ user, activateUrl }: AccountPerson) {
  const { email_key: email, user_name, first_name: first, last_name: last, last_login_at } = user;
  return {
    user: email ?? user_name,
    ...((first !== null || last !== null) && { name: { ...(first && { first }), ...(last && { last }) } }),
    ...(last_login_at !== null && { lastLoginTime: last_login_at }),
    ...(activateUrl !== undefined && { profileActivateUrl: activateUrl }),
  };
}
