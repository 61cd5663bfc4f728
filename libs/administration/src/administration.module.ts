import { type DynamicModule, Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { OrganizationAccounts } from '@app/organizations';
import { AccountChanges } from './account-changes.js';
import { AccountGroups } from './account-groups.js';
import { AccountService } from './account.service.js';
import { AdministratorNotices } from './administrator-notices.js';
import { ImplicitAdministrators } from './implicit-administrators.js';
import { ManagedOrganizations } from './managed-organizations.js';
import { ManagingCallers } from './managing-callers.js';
import { ManagingTokens } from './managing-token.service.js';
import { NamedPeople } from './named-people.js';
import { type UsageSettings, usageSettings, UsageService } from './usage.service.js';

const services = [AccountService, AccountChanges, AccountGroups, ManagedOrganizations, ManagingTokens, UsageService];

/** The organization's own account, over the organization, its users, roles, groups, invitations and mail. */
@Module({})
export class AdministrationModule {
  static forRoot(usage: UsageSettings): DynamicModule {
    const settings = { provide: usageSettings, useValue: usage };
    return {
      module: AdministrationModule,
      providers: [
        settings,
        AuditTrail,
        OrganizationAccounts,
        NamedPeople,
        AdministratorNotices,
        ImplicitAdministrators,
        ManagingCallers,
        ...services,
      ],
      exports: services,
    };
  }
}
