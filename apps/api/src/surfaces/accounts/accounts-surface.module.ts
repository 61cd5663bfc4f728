import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { ConnectorsModule } from '@app/connectors';
import { OwnersModule } from '@app/owners';
import { SyncModule } from '@app/sync';
import { AccountStateController } from './account-state.controller.js';
import { AccountWritesController } from './account-writes.controller.js';
import { AccountsController } from './accounts.controller.js';
import { CorrelationController } from './correlation.controller.js';
import { IdentitiesAccountsController } from './identities-accounts.controller.js';
import { AccountEntitlementsController } from './entitlements/account-entitlements.controller.js';
import { EntitlementsController } from './entitlements/entitlements.controller.js';
import { IdentitiesController } from './identities/identities.controller.js';
import { PublicIdentitiesController } from './identities/public-identities.controller.js';
import { LoadAccountsController } from './sources/load-accounts.controller.js';
import { SourcesController } from './sources/sources.controller.js';
import { TaskStatusController } from './task-status.controller.js';

@Module({
  imports: [AccountsModule, ConnectorsModule, OwnersModule, SyncModule],
  controllers: [
    AccountsController,
    AccountEntitlementsController,
    CorrelationController,
    AccountStateController,
    AccountWritesController,
    EntitlementsController,
    IdentitiesAccountsController,
    IdentitiesController,
    LoadAccountsController,
    PublicIdentitiesController,
    SourcesController,
    TaskStatusController,
  ],
})
export class AccountsSurfaceModule {}
