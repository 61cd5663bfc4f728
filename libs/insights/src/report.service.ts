import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { NotFoundError } from '@app/kernel';
import { Database, type Statement } from '@app/persistence';
import { leavers } from './leavers-report.js';

/** Every report there is. Its statement takes the day (`$2`) and orders its rows in full. */
const reports = { [leavers.name]: leavers.statement } as const;

type RowOf<S> = S extends Statement<infer Row> ? Row : never;

export type ReportName = keyof typeof reports;
export type ReportRows = { readonly [Name in ReportName]: RowOf<(typeof reports)[Name]> };

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
    return { name, generatedAt: now, pieces: this.database.stream(caller, reports[name], [day]) };
  }
}

function isReport(name: string): name is ReportName {
  return Object.hasOwn(reports, name);
}
