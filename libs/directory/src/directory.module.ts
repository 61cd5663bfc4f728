import { Global, Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { DirectoryTally } from './directory-search.js';
import { GroupService } from './groups/group.service.js';
import { GroupWrites } from './groups/group-writes.js';
import { MembershipChanges } from './groups/membership-changes.js';
import { Memberships } from './groups/memberships.js';
import { PrincipalList } from './principal-list.js';
import { Administrators } from './roles/administrators.js';
import { RoleAssignmentService } from './roles/role-assignment.service.js';
import { UserService } from './users/user.service.js';
import { UserWrites } from './users/user-writes.js';

const services = [
  Administrators,
  DirectoryTally,
  GroupService,
  GroupWrites,
  MembershipChanges,
  Memberships,
  PrincipalList,
  RoleAssignmentService,
  UserService,
  UserWrites,
];

@Global()
@Module({ providers: [AuditTrail, ...services], exports: services })
export class DirectoryModule {}
