import type { Given } from './given.js';

export interface RecordedEvent {
  readonly action: string;
  readonly subject_id: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly actor_type: string;
  readonly actor_id: string | null;
  readonly request_id: string | null;
}

/** What the audit trail has been told since the last mark, oldest first. */
export class Trail {
  private since = '00000000-0000-0000-0000-000000000000';

  constructor(
    private readonly given: Given,
    private readonly organizationId: string,
  ) {}

  async mark(): Promise<void> {
    this.since = (await this.given.sql<{ id: string }>('select new_id()::text as id'))[0]!.id;
  }

  async events(): Promise<RecordedEvent[]> {
    return this.given.sql<RecordedEvent>(
      `select action, subject_id, before, after, actor_type, actor_id, request_id from audit_event
        where organization_id = $1 and id > $2 order by id`,
      [this.organizationId, this.since],
    );
  }

  async told(): Promise<[action: string, before: RecordedEvent['before'], after: RecordedEvent['after']][]> {
    return (await this.events()).map(({ action, before, after }) => [action, before, after]);
  }
}
