import { Module } from '@nestjs/common';
import { AdministrationModule } from '@app/administration';
import { AccountController } from './account.controller.js';
import { AccountGroupsController } from './account-groups.controller.js';
import { ProfilePageController } from './profile-page.controller.js';

@Module({
  imports: [AdministrationModule],
  controllers: [AccountController, AccountGroupsController, ProfilePageController],
})
export class OrganizationAccountModule {}
