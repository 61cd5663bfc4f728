import { Module } from '@nestjs/common';
import { ImpersonationController } from './impersonation.controller.js';
import { InvitationsController } from './invitations.controller.js';
import { LoginController } from './login.controller.js';
import { OrganizationByHost } from './organization-by-host.js';
import { PasswordDoorsController } from './password-doors.controller.js';
import { SessionsController } from './sessions.controller.js';
import { UserPasswordsController } from './user-passwords.controller.js';
import { UserSessionsController } from './user-sessions.controller.js';
import { UsersController } from './users.controller.js';

@Module({
  controllers: [
    LoginController,
    SessionsController,
    ImpersonationController,
    PasswordDoorsController,
    UsersController,
    UserPasswordsController,
    InvitationsController,
    UserSessionsController,
  ],
  providers: [OrganizationByHost],
})
export class DirectorySurfaceModule {}
