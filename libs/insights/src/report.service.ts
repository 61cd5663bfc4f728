import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { NotFoundError } from '@app/kernel';
import { Database } from '@app/persistence';
import { InsightsService } from './insights.service.js';
import { leavers } from './leavers-report.js';
import { orphanAccounts } from './orphan-accounts-report.js';
import { riskiestOwners } from './riskiest-owners-report.js';
import { stalePrivileged } from './stale-privileged-report.js';
import { uncorrelated } from './uncorrelated-report.js';
import { withoutManager } from './without-manager-report.js';

/** Every report there is, its rows in one order. */
const reports = {
  leavers,
  uncorrelated,
  'riskiest-owners': riskiestOwners,
  'orphan-accounts': orphanAccounts,
  'stale-privileged-accounts': stalePrivileged,
  'owners-without-manager': withoutManager,
} as const;

type RowOf<Rows> = Rows extends AsyncGenerator<(infer Row)[]> ? Row : never;

export type ReportName = keyof typeof reports;
export type ReportRows = { readonly [Name in ReportName]: RowOf<ReturnType<(typeof reports)[Name]>> };

export interface Report {
  readonly name: ReportName;
  readonly generatedAt: Date;
  /** All of one moment. Nothing is read before the first is asked for. */
  readonly pieces: AsyncGenerator<ReportRows[ReportName][]>;
}

/** Lists for whoever has to show that identities are in order: read in pieces, since they may be long. */
@Injectable()
export class ReportService {
  constructor(
    private readonly database: Database,
    private readonly insights: InsightsService,
  ) {}

  open(caller: Caller, name: string, now = new Date()): Report {
    if (!isReport(name)) throw new NotFoundError('report');
    const { database, insights } = this;
    return { name, generatedAt: now, pieces: reports[name]({ database, insights, caller, now }) };
  }
}

function isReport(name: string): name is ReportName {
  return Object.hasOwn(reports, name);
}
