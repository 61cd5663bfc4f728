import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ApplicationService } from './application.service.js';
import { ConnectorCatalogue } from './connector-catalogue.js';
import { ConnectorFileService } from './connector-file.service.js';
import { ConnectorOwnerService } from './connector-owner.service.js';
import { ConnectorService } from './connector.service.js';
import { PersonService } from './person.service.js';
import { SourceWriters } from './source-writers.js';

const services = [
  ApplicationService,
  ConnectorCatalogue,
  ConnectorService,
  ConnectorFileService,
  ConnectorOwnerService,
  PersonService,
  SourceWriters,
];

@Module({ providers: [AuditTrail, ...services], exports: services })
export class ConnectorsModule {}
