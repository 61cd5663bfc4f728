import { Module } from '@nestjs/common';
import { AccountLinks } from './account-links.js';
import { AccountTally } from './account-tally.js';
import { AccountService } from './account.service.js';
import { RepeatedNames } from './repeated-names.js';

@Module({
  providers: [AccountLinks, AccountService, AccountTally, RepeatedNames],
  exports: [AccountLinks, AccountService, AccountTally],
})
export class AccountsModule {}
