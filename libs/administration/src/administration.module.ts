import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { OrganizationAccounts } from '@app/organizations';
import { AccountChanges } from './account-changes.js';
import { AccountGroups } from './account-groups.js';
import { AccountService } from './account.service.js';
import { AdministratorNotices } from './administrator-notices.js';
import { NamedPeople } from './named-people.js';

const services = [AccountService, AccountChanges, AccountGroups];

/** The organization's own account, over the organization, its users, roles, groups, invitations and mail. */
@Module({
  providers: [AuditTrail, OrganizationAccounts, NamedPeople, AdministratorNotices, ...services],
  exports: services,
})
export class AdministrationModule {}
