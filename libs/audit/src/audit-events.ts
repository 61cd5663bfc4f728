import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import type { OffsetPageOf } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import { type AuditSubjectType, auditSubjectTypes } from './audit-trail.js';

export interface AuditEventRow {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly actor_type: 'user' | 'client' | 'key' | 'sync' | 'system';
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly on_behalf_of_id: string | null;
  readonly on_behalf_of_name: string | null;
  readonly subject_type: AuditSubjectType;
  readonly subject_id: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly request_id: string | null;
}

export interface AuditEventFilter {
  readonly subjectId?: string | undefined;
  readonly subjectType?: AuditSubjectType | undefined;
  readonly actorId?: string | undefined;
  readonly onBehalfOfId?: string | undefined;
  readonly action?: string | undefined;
  /** Both exclusive. */
  readonly after?: Date | undefined;
  readonly before?: Date | undefined;
}

/** Nobody pages or counts further: of millions of events, a narrower time tells more than a larger number. */
export const furthestEvent = 100_000;

const columns = `e.id, e.at, e.action, e.actor_type, e.actor_id, e.actor_name, e.on_behalf_of_id, e.on_behalf_of_name,
  e.subject_type, e.subject_id, e.before, e.after, e.request_id`;

const ofSubject = statement<AuditEventRow>(
  'audit.of-subject',
  `select ${columns} from audit_event e where e.organization_id = $1 and e.subject_type = $2 and e.subject_id = $3
    order by e.at desc, e.id desc limit $4`,
);

interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** One stretch of the trail that is looked through by itself, and whether finding it all costs less than walking back in time. */
interface Part {
  readonly from: string;
  readonly walked: boolean;
}

/** Reads the trail, newest first. */
@Injectable()
export class AuditEvents {
  constructor(private readonly database: Database) {}

  /** `total` goes no further than `furthestEvent`. */
  async search(caller: Caller, filter: AuditEventFilter, page: Page): Promise<Required<OffsetPageOf<AuditEventRow>>> {
    const { whole, values } = selection(filter);
    const apart = filter.actorId !== undefined || filter.action !== undefined;
    const parts = apart ? byWriter(whole) : [whole];
    const [row] = await this.database.query(caller, countOf(parts), values);
    const counts = row?.counts ?? [];
    const total = Math.min(
      furthestEvent,
      counts.reduce((sum, count) => sum + count, 0),
    );
    if (total <= page.offset) return { items: [], total };

    const found = parts
      .map((from, i) => ({ from, count: counts[i] ?? 0 }))
      .filter(({ count }) => count > 0)
      .map(({ from, count }) => ({
        from,
        walked: !apart || (filter.actorId === undefined && count === furthestEvent),
      }));
    const paged = [...values, page.limit, page.offset];
    return { items: await this.database.query(caller, pageOf(found, values.length), paged), total };
  }

  /** The newest events of one subject. */
  async newestOf(caller: Caller, type: AuditSubjectType, id: string, limit: number): Promise<AuditEventRow[]> {
    return this.database.query(caller, ofSubject, [type, id, limit]);
  }
}

/**
 * Runs write almost everything there is, and an index over it would cost each of them: who and what is indexed for
 * everybody else, and for runs by stretches of the table only. So both are looked for apart.
 */
function byWriter(whole: string): string[] {
  return [`${whole} and actor_type <> 'sync'`, `${whole} and actor_type = 'sync'`];
}

function countOf(parts: readonly string[]) {
  const counts = parts.map((part) => `(select count(*)::int from (select 1 ${part} limit ${furthestEvent}) found)`);
  return statement<{ counts: number[] }>(
    undefined,
    `select array[${counts.join(', ')}] as counts where $1::uuid is not null`,
  );
}

/** Skips on the keys alone, then fetches the events of the page. */
function pageOf(parts: readonly Part[], bound: number) {
  const [limit, offset] = [`$${bound + 2}::bigint`, `$${bound + 3}::bigint`];
  const order = 'order by at desc, id desc';
  // Where few of many are wanted, the planner would hope to meet them soon; `offset 0` makes it find them first.
  const keys = parts.map(({ from, walked }) => {
    const source = walked ? from : `from (select at, id ${from} offset 0) found`;
    return `(select at, id ${source} ${order} limit ${limit} + ${offset})`;
  });
  return statement<AuditEventRow>(
    undefined,
    `with page as (select at, id from (${keys.join(' union all ')}) keys ${order} limit ${limit} offset ${offset})
     select ${columns} from page join audit_event e on e.organization_id = $1 and e.at = page.at and e.id = page.id
      order by e.at desc, e.id desc`,
  );
}

function selection(filter: AuditEventFilter): { readonly whole: string; readonly values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown, type: string) => `$${values.push(value) + 1}::${type}`;
  const wanted = [...conditions(filter, bind)].map((condition) => ` and ${condition}`);
  return { whole: `from audit_event where organization_id = $1${wanted.join('')}`, values };
}

function* conditions(filter: AuditEventFilter, bind: (value: unknown, type: string) => string): Generator<string> {
  const { subjectId, subjectType, actorId, onBehalfOfId, action, after, before } = filter;
  // The index of subjects begins with their type.
  if (subjectType !== undefined) yield `subject_type = ${bind(subjectType, 'text')}`;
  else if (subjectId !== undefined) yield `subject_type = any(${bind(auditSubjectTypes, 'text[]')})`;
  if (subjectId !== undefined) yield `subject_id = ${bind(subjectId, 'uuid')}`;
  if (actorId !== undefined) yield `actor_id = ${bind(actorId, 'uuid')}`;
  if (onBehalfOfId !== undefined) yield `on_behalf_of_id = ${bind(onBehalfOfId, 'uuid')}`;
  if (action !== undefined) yield `action = ${bind(action, 'text')}`;
  if (after !== undefined) yield `at > ${bind(after.toISOString(), 'timestamptz')}`;
  if (before !== undefined) yield `at < ${bind(before.toISOString(), 'timestamptz')}`;
}
