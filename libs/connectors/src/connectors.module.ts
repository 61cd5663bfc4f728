import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ApplicationDirectories } from './application-directories.js';
import { ApplicationOwnerService } from './application-owner.service.js';
import { ApplicationService } from './application.service.js';
import { AttributeSources } from './attribute-sources.js';
import { ConnectorCatalogue } from './connector-catalogue.js';
import { ConnectorDeletion } from './connector-deletion.js';
import { ConnectorFileService } from './connector-file.service.js';
import { ConnectorOwnerService } from './connector-owner.service.js';
import { ConnectorService } from './connector.service.js';
import { PersonService } from './person.service.js';
import { SourceWriters } from './source-writers.js';

const services = [
  ApplicationDirectories,
  ApplicationOwnerService,
  ApplicationService,
  AttributeSources,
  ConnectorCatalogue,
  ConnectorDeletion,
  ConnectorService,
  ConnectorFileService,
  ConnectorOwnerService,
  PersonService,
  SourceWriters,
];

@Module({ providers: [AuditTrail, ...services], exports: services })
export class ConnectorsModule {}
