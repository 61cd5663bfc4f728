import { type DynamicModule, Module } from '@nestjs/common';
import { AdministrationModule, type UsageSettings } from '@app/administration';
import { AccountController } from './account.controller.js';
import { AccountGroupsController } from './account-groups.controller.js';
import { ManagedOrganizationsController } from './managed-organizations.controller.js';
import { UsageController } from './usage.controller.js';

@Module({})
export class OrganizationAccountModule {
  static forRoot(usage: UsageSettings): DynamicModule {
    return {
      module: OrganizationAccountModule,
      imports: [AdministrationModule.forRoot(usage)],
      controllers: [AccountController, AccountGroupsController, UsageController, ManagedOrganizationsController],
    };
  }
}
