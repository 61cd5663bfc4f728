import { Module } from '@nestjs/common';
import { OwnersModule } from '@app/owners';
import { ExternalIdentitiesController } from './external-identities.controller.js';
import { GroupsController } from './groups.controller.js';
import { ImpersonationController } from './impersonation.controller.js';
import { InvitationsController } from './invitations.controller.js';
import { LoginController } from './login.controller.js';
import { MembershipsController } from './memberships.controller.js';
import { OrganizationByHost } from './organization-by-host.js';
import { OwnerLinkController } from './owner-link.controller.js';
import { PasswordDoorsController } from './password-doors.controller.js';
import { PrincipalsController } from './principals.controller.js';
import { ProfilePageController } from './profile-page.controller.js';
import { SessionsController } from './sessions.controller.js';
import { SignInElsewhereController } from './sign-in-elsewhere.controller.js';
import { UserPasswordsController } from './user-passwords.controller.js';
import { UserSessionsController } from './user-sessions.controller.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [OwnersModule],
  controllers: [
    LoginController,
    SessionsController,
    ImpersonationController,
    PasswordDoorsController,
    UsersController,
    UserPasswordsController,
    InvitationsController,
    ProfilePageController,
    UserSessionsController,
    GroupsController,
    MembershipsController,
    PrincipalsController,
    OwnerLinkController,
    SignInElsewhereController,
    ExternalIdentitiesController,
  ],
  providers: [OrganizationByHost],
})
export class DirectorySurfaceModule {}
