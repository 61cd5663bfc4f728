import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { AccountStateController } from './account-state.controller.js';
import { AccountWritesController } from './account-writes.controller.js';
import { AccountsController } from './accounts.controller.js';
import { IdentitiesAccountsController } from './identities-accounts.controller.js';
import { TaskStatusController } from './task-status.controller.js';

@Module({
  imports: [AccountsModule],
  controllers: [
    AccountsController,
    AccountStateController,
    AccountWritesController,
    IdentitiesAccountsController,
    TaskStatusController,
  ],
})
export class AccountsSurfaceModule {}
