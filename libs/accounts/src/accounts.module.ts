import { Module } from '@nestjs/common';
import { AccountTally } from './account-tally.js';
import { AccountService } from './account.service.js';
import { RepeatedNames } from './repeated-names.js';

@Module({ providers: [AccountService, AccountTally, RepeatedNames], exports: [AccountService, AccountTally] })
export class AccountsModule {}
