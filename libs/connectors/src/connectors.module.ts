import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ApplicationService } from './application.service.js';
import { ConnectorFileService } from './connector-file.service.js';
import { ConnectorOwnerService } from './connector-owner.service.js';
import { ConnectorService } from './connector.service.js';
import { SourceWriters } from './source-writers.js';

@Module({
  providers: [
    AuditTrail,
    ApplicationService,
    ConnectorService,
    ConnectorFileService,
    ConnectorOwnerService,
    SourceWriters,
  ],
  exports: [ApplicationService, ConnectorService, ConnectorFileService, ConnectorOwnerService, SourceWriters],
})
export class ConnectorsModule {}
