import type { Caller } from '@app/access';
import type { Database } from '@app/persistence';
import type { InsightsService } from './insights.service.js';

/** What a report is read from, for whom, and of which moment. */
export interface ReportSource {
  readonly database: Database;
  readonly insights: InsightsService;
  readonly caller: Caller;
  readonly now: Date;
}

/** The day in UTC, by which somebody is still here or gone. */
export function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}
