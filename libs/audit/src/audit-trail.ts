import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { statement, type Transaction } from '@app/persistence';

export const auditSubjectTypes = [
  'organization',
  'user',
  'group',
  'owner',
  'account',
  'application',
  'connector',
  'run',
  'client',
  'key',
] as const;
export type AuditSubjectType = (typeof auditSubjectTypes)[number];

export interface AuditEvent {
  /** `noun.verb`, such as `owner.created`. */
  readonly action: string;
  readonly subjectType: AuditSubjectType;
  readonly subjectId: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** The columns of one event and their types, in the order of `eventValues`. */
const eventColumns = {
  action: 'text',
  actor_type: 'text',
  actor_id: 'uuid',
  actor_name: 'text',
  subject_type: 'text',
  subject_id: 'uuid',
  before: 'jsonb',
  after: 'jsonb',
  request_id: 'text',
  on_behalf_of_id: 'uuid',
  on_behalf_of_name: 'text',
};

/**
 * Text that records one event, bound from `$first` on, for each row of `rows`: a step of a statement that does more than
 * that, all of it or nothing.
 */
export function eventInsert(first: number, rows: string): string {
  const values = Object.values(eventColumns).map((type, i) => `$${first + i}::${type}`);
  return `insert into audit_event (organization_id, ${Object.keys(eventColumns).join(', ')})
    select $1::uuid, ${values.join(', ')} from ${rows}`;
}

/** What `eventInsert` binds. */
export function eventValues({ actor, onBehalfOf, requestId }: Caller, event: AuditEvent): unknown[] {
  const { action, subjectType, subjectId, before = null, after = null } = event;
  const who = [actor.type, actor.id, actor.name];
  const forWhom = [onBehalfOf?.id ?? null, onBehalfOf?.name ?? null];
  return [action, ...who, subjectType, subjectId, before, after, requestId, ...forWhom];
}

const insertEvent = statement<never>('audit.insert', eventInsert(2, '(values (1)) once'));

/** Ids of one statement count up from one that is made as all are (RFC 9562 §6.2): drawing bits for each costs more than the row. */
const countedId = `((select left(new_id()::text, 28)) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid`;

/** The columns of whoever did it and their types, in the order of `actorValues`. */
const actorColumns = {
  actor_type: 'text',
  actor_id: 'uuid',
  actor_name: 'text',
  request_id: 'text',
  on_behalf_of_id: 'uuid',
  on_behalf_of_name: 'text',
};

/**
 * Text that records one event for each row of `rows`, a query giving action, subject type, subject id, before and after,
 * in their order: a step of a statement that changes many things at once. `actorValues` are bound from `$first` on.
 */
export function eventsInsert(first: number, rows: string): string {
  const actor = Object.values(actorColumns).map((type, i) => `$${first + i}::${type}`);
  return `insert into audit_event (organization_id, id, action, subject_type, subject_id, before, after,
      ${Object.keys(actorColumns).join(', ')})
    select $1::uuid, ${countedId}, event.action, event.subject_type, event.subject_id, event.before, event.after,
      ${actor.join(', ')} from (${rows}) event (action, subject_type, subject_id, before, after)`;
}

/** What `eventsInsert` binds. */
export function actorValues({ actor, onBehalfOf, requestId }: Caller): unknown[] {
  return [actor.type, actor.id, actor.name, requestId, onBehalfOf?.id ?? null, onBehalfOf?.name ?? null];
}

const insertEvents = statement<never>(
  'audit.insert-all',
  eventsInsert(
    3,
    `select * from jsonb_to_recordset($2::jsonb) as e (action text, subject_type text, subject_id uuid, before jsonb, after jsonb)`,
  ),
);

/** Append-only trail, written in the transaction of the change it tells of. Empty changes are not recorded. */
@Injectable()
export class AuditTrail {
  async record(tx: Transaction, event: AuditEvent): Promise<void> {
    await tx.query(insertEvent, eventValues(tx.caller, event));
  }

  /** The events of one change of many, by one statement. */
  async recordAll(tx: Transaction, events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map(({ action, subjectType, subjectId, before, after }) => ({
      action,
      subject_type: subjectType,
      subject_id: subjectId,
      before,
      after,
    }));
    await tx.query(insertEvents, [JSON.stringify(rows), ...actorValues(tx.caller)]);
  }
}

/**
 * Text that records one event for each row of `rows`, a query giving `subject_id`, `before` and `after`, inside a
 * statement that works on sets. `$1` is the organization; the actor's type, id and name are bound as `$2`, `$3`, `$4`.
 */
export function auditInsert(action: string, subjectType: AuditSubjectType, rows: string): string {
  return `insert into audit_event (organization_id, id, action, actor_type, actor_id, actor_name, subject_type, subject_id, before, after)
    select $1::uuid, ${countedId}, '${action}', $2::text, $3::uuid, $4::text, '${subjectType}', event.subject_id, event.before, event.after
    from (${rows}) event`;
}
