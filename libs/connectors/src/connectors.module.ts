import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ApplicationService } from './application.service.js';
import { ConnectorFileService } from './connector-file.service.js';
import { ConnectorService } from './connector.service.js';

@Module({
  providers: [AuditTrail, ApplicationService, ConnectorService, ConnectorFileService],
  exports: [ApplicationService, ConnectorService, ConnectorFileService],
})
export class ConnectorsModule {}
