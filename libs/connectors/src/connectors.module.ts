import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ApplicationService } from './application.service.js';
import { ConnectorFileService } from './connector-file.service.js';
import { ConnectorOwnerService } from './connector-owner.service.js';
import { ConnectorService } from './connector.service.js';

@Module({
  providers: [AuditTrail, ApplicationService, ConnectorService, ConnectorFileService, ConnectorOwnerService],
  exports: [ApplicationService, ConnectorService, ConnectorFileService, ConnectorOwnerService],
})
export class ConnectorsModule {}
