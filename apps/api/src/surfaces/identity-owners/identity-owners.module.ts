import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { InsightsModule, OwnerSearchModule } from '@app/insights';
import { OwnersModule } from '@app/owners';
import { SyncModule } from '@app/sync';
import { OwnersController } from './owners.controller.js';

@Module({
  imports: [OwnersModule, AccountsModule, InsightsModule, OwnerSearchModule, SyncModule],
  controllers: [OwnersController],
})
export class IdentityOwnersModule {}
