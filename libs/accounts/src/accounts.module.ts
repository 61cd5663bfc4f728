import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ConnectorsModule } from '@app/connectors';
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
import { EntitlementService } from './entitlement.service.js';
import { CorrelationCandidates } from './correlation-candidates.js';
import { RepeatedNames } from './repeated-names.js';
import { RulesTrials } from './rules-trial.js';
import { RuleLinks } from './rule-links.js';

@Module({
  imports: [ConnectorsModule],
  providers: [
    AccountCommands,
    AccountCorrelation,
    AccountEdits,
    AccountLinks,
    AccountOperations,
    AccountService,
    AccountTally,
    AccountWriting,
    AuditTrail,
    EntitlementService,
    CorrelationCandidates,
    RepeatedNames,
    RuleLinks,
    RulesTrials,
  ],
  exports: [
    AccountCommands,
    AccountCorrelation,
    AccountEdits,
    AccountLinks,
    AccountOperations,
    AccountService,
    AccountTally,
    AccountWriting,
    EntitlementService,
    CorrelationCandidates,
    RulesTrials,
  ],
})
export class AccountsModule {}

/** Doing what was asked of sources. */
@Module({
  imports: [AccountsModule, ConnectorsModule],
  providers: [AccountOperationWorker, AccountReloadWorker],
})
export class AccountsWorkerModule {}
