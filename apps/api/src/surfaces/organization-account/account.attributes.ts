import type { Principal } from '@app/access';
import type { AccountParts } from '@app/administration';

export const accountAttributes = [
  '_class',
  '_id',
  'accountName',
  'accountType',
  'administrators',
  'categories',
  'createdTime',
  'groups',
  'quality',
  'slug',
] as const;
export type AccountAttribute = (typeof accountAttributes)[number];

/** Those a request may change. */
export const changeableAttributes = ['accountName', 'administrators', 'groups'] as const;

const ofPeople: readonly AccountAttribute[] = ['administrators', 'groups'];

/** Which attributes a caller is answered with: those he asked for, as far as he may see them. */
export function attributesFor(caller: Principal, attr: string | undefined): ReadonlySet<AccountAttribute> {
  const asked = new Set((attr ?? '').split(',').flatMap((name) => name.trim() || []));
  const seesPeople = caller.permissions.has('organization:people');
  return new Set(
    accountAttributes.filter(
      (name) => (asked.size === 0 || asked.has(name)) && (seesPeople || !ofPeople.includes(name)),
    ),
  );
}

export function partsFor(wanted: ReadonlySet<AccountAttribute>): AccountParts {
  return { administrators: wanted.has('administrators'), groups: wanted.has('groups') };
}
