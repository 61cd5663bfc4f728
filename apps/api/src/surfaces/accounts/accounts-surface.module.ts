import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { AccountsController } from './accounts.controller.js';

@Module({ imports: [AccountsModule], controllers: [AccountsController] })
export class AccountsSurfaceModule {}
