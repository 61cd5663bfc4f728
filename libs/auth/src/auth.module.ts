import { type DynamicModule, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { RefusalWatch } from '@app/access';
import { AuditTrail } from '@app/audit';
import { DirectoryModule, PasswordPolicy } from '@app/directory';
import type { Configuration } from '@app/kernel';
import { OutgoingMail } from '@app/mail';
import { OrganizationService } from '@app/organizations';
import { SecretBox } from '@app/secrets';
import { AccessTokens, type TokenIssuer, tokenIssuer } from './access-tokens.js';
import { ApiKeyService } from './api-key.service.js';
import { AccessTokenStrategy, AuthenticationGuard } from './authentication.guard.js';
import { ClientService } from './client.service.js';
import { assertionAudience, ClientTokens } from './client-tokens.js';
import { FirstStart } from './first-start.js';
import { HeldRoles } from './held-roles.js';
import { ImpersonationEnds } from './impersonation-ends.js';
import { Impersonation } from './impersonation.js';
import { invitationDoor, InvitationMail } from './invitation-mail.js';
import { InvitationAcceptance } from './invitation-acceptance.js';
import { Invitations } from './invitations.js';
import { ExternalIdentities } from './elsewhere/external-identities.js';
import { issuerOf, oidcProviders, Providers } from './elsewhere/providers.js';
import { SignInElsewhere } from './elsewhere/sign-in-elsewhere.js';
import { LoginService } from './login.service.js';
import { NewUsers } from './new-users.js';
import { PasswordChangeService } from './password-change.service.js';
import { expirationPolicy, PasswordExpiration } from './password-expiration.js';
import { PasswordGate } from './password-gate.js';
import { argon2Setting, PasswordService } from './password.service.js';
import { Principals } from './principals.js';
import { RefusedImpersonations } from './refused-impersonations.js';
import { SessionRefresh } from './session-refresh.js';
import { Sessions, sessionsPerUser } from './sessions.js';
import { SessionsOfOthers } from './sessions-of-others.js';
import { bruteForcePolicy, SignInJudge } from './sign-in-judge.js';
import { SigningKeys } from './signing-keys.js';

export interface AuthOptions
  extends
    TokenIssuer,
    Pick<
      Configuration,
      | 'assertionHosts'
      | 'argon2'
      | 'passwordValidity'
      | 'passwordExpiration'
      | 'bruteForceDetection'
      | 'sessionsPerUser'
      | 'invitationUrl'
      | 'oidcProviders'
    > {
  readonly serverKey: Buffer;
}

@Module({})
export class AuthModule {
  static forRoot(options: AuthOptions): DynamicModule {
    const issuer: TokenIssuer = { publicUrl: options.publicUrl };
    const issuers = options.oidcProviders.map((one) => ({ issuer: issuerOf(one), organizations: one.organizations }));
    return {
      module: AuthModule,
      global: true,
      imports: [PassportModule, DirectoryModule.forRoot(issuers)],
      providers: [
        { provide: tokenIssuer, useValue: issuer },
        { provide: assertionAudience, useValue: options.assertionHosts },
        { provide: argon2Setting, useValue: options.argon2 },
        { provide: bruteForcePolicy, useValue: options.bruteForceDetection },
        { provide: sessionsPerUser, useValue: options.sessionsPerUser },
        { provide: expirationPolicy, useValue: options.passwordExpiration },
        { provide: PasswordPolicy, useValue: new PasswordPolicy(options.passwordValidity) },
        {
          provide: invitationDoor,
          useValue: { publicUrl: options.publicUrl, template: options.invitationUrl },
        },
        OutgoingMail,
        InvitationMail,
        { provide: oidcProviders, useValue: { publicUrl: options.publicUrl, providers: options.oidcProviders } },
        Providers,
        ExternalIdentities,
        SignInElsewhere,
        NewUsers,
        SignInJudge,
        PasswordGate,
        PasswordExpiration,
        PasswordChangeService,
        Invitations,
        InvitationAcceptance,
        ClientService,
        ClientTokens,
        ApiKeyService,
        { provide: SecretBox, useValue: new SecretBox(options.serverKey) },
        AuditTrail,
        OrganizationService,
        SigningKeys,
        AccessTokens,
        AccessTokenStrategy,
        AuthenticationGuard,
        PasswordService,
        HeldRoles,
        Principals,
        Sessions,
        SessionRefresh,
        SessionsOfOthers,
        Impersonation,
        ImpersonationEnds,
        RefusedImpersonations,
        { provide: RefusalWatch, useExisting: RefusedImpersonations },
        LoginService,
        FirstStart,
      ],
      exports: [
        OutgoingMail,
        AuthenticationGuard,
        RefusalWatch,
        LoginService,
        Sessions,
        SessionRefresh,
        SessionsOfOthers,
        Impersonation,
        FirstStart,
        PasswordService,
        PasswordPolicy,
        PasswordChangeService,
        Invitations,
        InvitationAcceptance,
        ExternalIdentities,
        SignInElsewhere,
        ClientService,
        ClientTokens,
        ApiKeyService,
        OrganizationService,
        NewUsers,
        SecretBox,
        AccessTokens,
        SigningKeys,
        HeldRoles,
        Principals,
      ],
    };
  }
}
