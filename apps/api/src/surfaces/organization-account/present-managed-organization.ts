import type { MadeOrganization } from '@app/administration';
import type { ManagedRow } from '@app/organizations';
import { presentPerson } from './present-account.js';

export function presentManagedOrganization({ id, name, account_type, slug, created_at }: ManagedRow) {
  return { _id: id, accountName: name, accountType: account_type, slug, createdTime: created_at };
}

export function presentMadeOrganization({ organization, accountOwner }: MadeOrganization) {
  return {
    ...presentManagedOrganization(organization),
    ...(accountOwner && { accountOwner: presentPerson(accountOwner) }),
  };
}
