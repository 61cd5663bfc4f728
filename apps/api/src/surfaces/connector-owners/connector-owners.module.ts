import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { ConnectorsModule } from '@app/connectors';
import { SyncModule } from '@app/sync';
import { AppOwnersController } from './app-owners.controller.js';
import { AppUserViews } from './app-user-views.js';
import { AppUsersController } from './app-users.controller.js';
import { AppViews } from './app-views.js';
import { AppsController } from './apps.controller.js';
import { ConnectorEntitlementOwnersController } from './connector-entitlement-owners.controller.js';
import { ConnectorOwnersController } from './connector-owners.controller.js';
import { ConnectorUserOwnersController } from './connector-user-owners.controller.js';
import { ConnectorSyncController } from './connector-sync.controller.js';
import { ConnectorViews } from './connector-views.js';
import { ConnectorsController } from './connectors.controller.js';
import { CorrelationRulesController } from './correlation-rules.controller.js';
import { DirectoriesController } from './directories.controller.js';
import { DirectoryViews } from './directory-views.js';
import { FilesController } from './files.controller.js';
import { IntrospectionController } from './introspection.controller.js';
import { PageTokens } from './paging.js';
import { People } from './people.js';
import { PeopleController } from './people.controller.js';
import { RunsController } from './runs.controller.js';
import { UserViews } from './user-views.js';

@Module({
  imports: [AccountsModule, ConnectorsModule, SyncModule],
  controllers: [
    AppOwnersController,
    AppUsersController,
    AppsController,
    ConnectorsController,
    ConnectorSyncController,
    ConnectorEntitlementOwnersController,
    ConnectorOwnersController,
    ConnectorUserOwnersController,
    CorrelationRulesController,
    DirectoriesController,
    FilesController,
    IntrospectionController,
    PeopleController,
    RunsController,
  ],
  providers: [AppUserViews, AppViews, ConnectorViews, DirectoryViews, PageTokens, People, UserViews],
})
export class ConnectorOwnersModule {}
