import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { NotFoundError } from '@app/kernel';
import { Database } from '@app/persistence';
import { leavers } from './leavers-report.js';
import { uncorrelated } from './uncorrelated-report.js';

/** Every report there is, its rows in one order. */
const reports = { leavers, uncorrelated } as const;

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
  constructor(private readonly database: Database) {}

  open(caller: Caller, name: string, now = new Date()): Report {
    if (!isReport(name)) throw new NotFoundError('report');
    const day = now.toISOString().slice(0, 10);
    return { name, generatedAt: now, pieces: reports[name](this.database, caller, day) };
  }
}

function isReport(name: string): name is ReportName {
  return Object.hasOwn(reports, name);
}
