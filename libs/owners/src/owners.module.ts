import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { BusinessRoles } from './business-roles.js';
import { OwnerCatalogue } from './owner-catalogue.js';
import { OwnerLinks } from './owner-links.js';
import { OwnerWrites } from './owner-writes.js';
import { OwnerService } from './owner.service.js';
import { RoleMining } from './role-mining.js';

/** For whatever changes owners, runs too. */
@Module({ providers: [BusinessRoles, RoleMining], exports: [BusinessRoles] })
export class BusinessRolesModule {}

@Module({
  imports: [BusinessRolesModule],
  providers: [AuditTrail, OwnerCatalogue, OwnerService, OwnerLinks, OwnerWrites],
  exports: [BusinessRolesModule, OwnerCatalogue, OwnerService, OwnerLinks, OwnerWrites],
})
export class OwnersModule {}
