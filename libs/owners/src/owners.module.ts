import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { OwnerLinks } from './owner-links.js';
import { OwnerService } from './owner.service.js';

@Module({ providers: [AuditTrail, OwnerService, OwnerLinks], exports: [OwnerService, OwnerLinks] })
export class OwnersModule {}
