import { Module } from '@nestjs/common';
import { AuditEvents } from '@app/audit';
import { AuditEventsController } from './audit-events.controller.js';

@Module({ controllers: [AuditEventsController], providers: [AuditEvents] })
export class AuditEventsModule {}
