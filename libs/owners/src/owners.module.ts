import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { OwnerCatalogue } from './owner-catalogue.js';
import { OwnerLinks } from './owner-links.js';
import { OwnerService } from './owner.service.js';

@Module({
  providers: [AuditTrail, OwnerCatalogue, OwnerService, OwnerLinks],
  exports: [OwnerCatalogue, OwnerService, OwnerLinks],
})
export class OwnersModule {}
