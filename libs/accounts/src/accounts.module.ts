import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { Askers } from '@app/auth';
import { ConnectorsModule } from '@app/connectors';
import { BusinessRolesModule } from '@app/owners';
import { AccountCommands } from './account-commands.js';
import { AccountCorrelation } from './account-correlation.js';
import { AccountEdits } from './account-edits.js';
import { AccountLinks } from './account-links.js';
import { AccountOperationWorker } from './account-operation-worker.js';
import { AccountOperations } from './account-operations.js';
import { AccountReloadWorker } from './account-reload-worker.js';
import { AccountTally } from './account-tally.js';
import { AccountWriting } from './account-writing.js';
import { AccountService } from './account.service.js';
import { AppUsers } from './app-users.js';
import { EntitlementOwners } from './entitlement-owners.js';
import { EntitlementService } from './entitlement.service.js';
import { CorrelationCandidates } from './correlation-candidates.js';
import { AccountsOfConnectors } from './accounts-of-connectors.js';
import { AccountsOfOwners } from './accounts-of-owners.js';
import { RepeatedNames } from './repeated-names.js';
import { RulesTrials } from './rules-trial.js';
import { RuleLinks } from './rule-links.js';
import { StillAllowed } from './still-allowed.js';

const services = [
  AccountCommands,
  AccountCorrelation,
  AccountEdits,
  AccountLinks,
  AccountOperations,
  AccountService,
  AccountTally,
  AccountWriting,
  AppUsers,
  CorrelationCandidates,
  EntitlementOwners,
  EntitlementService,
  RulesTrials,
];

@Module({
  imports: [BusinessRolesModule, ConnectorsModule],
  providers: [...services, AccountsOfConnectors, AccountsOfOwners, AuditTrail, RepeatedNames, RuleLinks],
  exports: services,
})
export class AccountsModule {}

/** Doing what was asked of sources. */
@Module({
  imports: [AccountsModule, ConnectorsModule],
  providers: [AccountOperationWorker, AccountReloadWorker, Askers, StillAllowed],
})
export class AccountsWorkerModule {}
