import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { ConnectorsModule } from '@app/connectors';
import { SyncModule } from '@app/sync';
import { AccountStateController } from './account-state.controller.js';
import { AccountWritesController } from './account-writes.controller.js';
import { AccountsController } from './accounts.controller.js';
import { IdentitiesAccountsController } from './identities-accounts.controller.js';
import { LoadAccountsController } from './sources/load-accounts.controller.js';
import { SourcesController } from './sources/sources.controller.js';
import { TaskStatusController } from './task-status.controller.js';

@Module({
  imports: [AccountsModule, ConnectorsModule, SyncModule],
  controllers: [
    AccountsController,
    AccountStateController,
    AccountWritesController,
    IdentitiesAccountsController,
    SourcesController,
    LoadAccountsController,
    TaskStatusController,
  ],
})
export class AccountsSurfaceModule {}
