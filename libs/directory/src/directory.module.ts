import { type DynamicModule, Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { DirectoryTally } from './directory-search.js';
import { GroupService } from './groups/group.service.js';
import { GroupWrites } from './groups/group-writes.js';
import { MembershipChanges } from './groups/membership-changes.js';
import { Memberships } from './groups/memberships.js';
import { OrganizationGroups } from './groups/organization-groups.js';
import { PrincipalList } from './principal-list.js';
import { Administrators, type ConfiguredIssuer, configuredIssuers } from './roles/administrators.js';
import { ListedAdministrators } from './roles/listed-administrators.js';
import { RoleAssignmentService } from './roles/role-assignment.service.js';
import { Guests } from './users/guests.js';
import { UserService } from './users/user.service.js';
import { UserWrites } from './users/user-writes.js';

const services = [
  Administrators,
  DirectoryTally,
  GroupService,
  GroupWrites,
  Guests,
  ListedAdministrators,
  MembershipChanges,
  Memberships,
  OrganizationGroups,
  PrincipalList,
  RoleAssignmentService,
  UserService,
  UserWrites,
];

@Module({})
export class DirectoryModule {
  static forRoot(issuers: readonly ConfiguredIssuer[]): DynamicModule {
    const configured = { provide: configuredIssuers, useValue: issuers };
    return {
      module: DirectoryModule,
      global: true,
      providers: [configured, AuditTrail, ...services],
      exports: services,
    };
  }
}
