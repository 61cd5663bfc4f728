import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { accountJobs } from '@app/accounts';
import { PolicyGuard } from '@app/access';
import { AuthenticationGuard, AuthModule, Credential } from '@app/auth';
import { Application, Connector, OwnerRolesModule } from '@app/connectors';
import { Group, Membership, RoleAssignment, User } from '@app/directory';
import { JobsModule } from '@app/jobs';
import type { Configuration } from '@app/kernel';
import { sendMail } from '@app/mail';
import { Organization } from '@app/organizations';
import { PersistenceModule, requestTimeouts } from '@app/persistence';
import { runQueued } from '@app/sync';
import { migrations } from '../../../database/migrations/index.js';
import { ApiConfigurationModule } from './api-configuration.js';
import { AddressLimitGuard, CredentialLimitGuard } from './http/limits/limit.guards.js';
import { LimitsModule } from './http/limits/limits.module.js';
import { OnlyWhatIsTaken } from './http/validation/only-what-is-taken.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { Readiness, ReadinessModule } from './readiness.js';
import { sampleCompanyCheck } from './sample-company.js';
import { AccountsSurfaceModule } from './surfaces/accounts/accounts-surface.module.js';
import { AuditEventsModule } from './surfaces/audit-events/audit-events.module.js';
import { ConnectorOwnersModule } from './surfaces/connector-owners/connector-owners.module.js';
import { CredentialsSurfaceModule } from './surfaces/credentials/credentials-surface.module.js';
import { DirectorySurfaceModule } from './surfaces/directory/directory-surface.module.js';
import { HealthModule } from './surfaces/health/health.module.js';
import { IdentityOwnersModule } from './surfaces/identity-owners/identity-owners.module.js';
import { OAuthSurfaceModule } from './surfaces/oauth/oauth-surface.module.js';
import { OrganizationAccountModule } from './surfaces/organization-account/organization-account.module.js';
import { ReportsSurfaceModule } from './surfaces/reports/reports-surface.module.js';
import { RoleAssignmentsModule } from './surfaces/role-assignments/role-assignments.module.js';

export interface ApiOptions {
  readonly configuration: Configuration;
  readonly databaseUrl: string;
  readonly serverKey: Buffer;
}

export const entities = [Application, Connector, Credential, Group, Membership, Organization, RoleAssignment, User];

/** Composition only: which surfaces there are, and what they stand on. */
@Module({})
export class AppModule {
  static forRoot({ configuration, databaseUrl, serverKey }: ApiOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ApiConfigurationModule.forRoot(configuration),
        LimitsModule,
        OwnerRolesModule.forRoot(configuration.ownerRoles),
        PersistenceModule.forRoot({
          url: databaseUrl,
          entities,
          migrations,
          poolSize: configuration.databasePoolSize,
          timeouts: requestTimeouts,
          applicationName: 'ostiary api',
        }),
        JobsModule.forRoot({ mode: 'enqueue', jobs: [runQueued, sendMail, ...accountJobs] }),
        AuthModule.forRoot({ ...configuration, serverKey }),
        OrganizationAccountModule.forRoot(configuration),
        IdentityOwnersModule,
        AccountsSurfaceModule,
        AuditEventsModule,
        ConnectorOwnersModule,
        DirectorySurfaceModule,
        CredentialsSurfaceModule,
        OAuthSurfaceModule,
        ReportsSurfaceModule,
        RoleAssignmentsModule,
        MetricsModule.forRoot(configuration),
        HealthModule.with({
          imports: [ReadinessModule],
          inject: [Readiness],
          useFactory: (readiness: Readiness) => [
            ...readiness.checks(),
            ...(configuration.awaitSample ? [sampleCompanyCheck(process)] : []),
          ],
        }),
      ],
      providers: [
        { provide: APP_GUARD, useClass: AddressLimitGuard },
        { provide: APP_GUARD, useExisting: AuthenticationGuard },
        { provide: APP_GUARD, useClass: CredentialLimitGuard },
        { provide: APP_GUARD, useClass: PolicyGuard },
        { provide: APP_INTERCEPTOR, useClass: OnlyWhatIsTaken },
      ],
    };
  }
}
