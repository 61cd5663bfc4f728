import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { AuditEvents } from '@app/audit';
import { InsightsModule, OwnerSearchModule } from '@app/insights';
import { OwnersModule } from '@app/owners';
import { SyncModule } from '@app/sync';
import { OwnedAccountsController } from './owned-accounts.controller.js';
import { OwnerRelationsController } from './owner-relations.controller.js';
import { OwnerWritesController } from './owner-writes.controller.js';
import { OwnersController } from './owners.controller.js';
import { RiskController } from './risk.controller.js';

@Module({
  imports: [OwnersModule, AccountsModule, InsightsModule, OwnerSearchModule, SyncModule],
  providers: [AuditEvents],
  controllers: [
    OwnersController,
    OwnedAccountsController,
    OwnerRelationsController,
    OwnerWritesController,
    RiskController,
  ],
})
export class IdentityOwnersModule {}
