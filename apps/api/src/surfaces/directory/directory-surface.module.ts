import { Module } from '@nestjs/common';
import { UserService } from '@app/directory';
import { ImpersonationController } from './impersonation.controller.js';
import { LoginController } from './login.controller.js';
import { OrganizationByHost } from './organization-by-host.js';
import { SessionsController } from './sessions.controller.js';
import { UsersController } from './users.controller.js';

@Module({
  controllers: [LoginController, SessionsController, ImpersonationController, UsersController],
  providers: [OrganizationByHost, UserService],
})
export class DirectorySurfaceModule {}
