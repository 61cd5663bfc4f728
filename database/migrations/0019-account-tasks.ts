import { Migration } from '@mikro-orm/migrations';

/** Tasks know who asked for what, whose worker does it, and which task they are part of. */
export class AccountTasks extends Migration {
  override up(): void {
    // Of one record the tasks are made while it is held, so their positions are in the order of what was asked.
    // The lease and the count of attempts together say whose a task is: a worker that was thought lost changes nothing.
    this.addSql(`
      alter table task
        add column position bigint generated always as identity,
        add column connector_id uuid,
        add column parent_id uuid,
        add column caller jsonb not null default '{}',
        add column details jsonb not null default '{}',
        add column attempts integer not null default 0,
        add column lease_until timestamptz(3),
        add column started_at timestamptz(3),
        add constraint task_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade,
        add constraint task_parent_exists foreign key (organization_id, parent_id)
          references task (organization_id, id) on delete cascade,
        add constraint task_is_finished_or_under_way
          check ((state in ('succeeded', 'failed')) = (finished_at is not null))`);
    // Few at any moment: what a run asks before it decides over an account's state.
    this.addSql(
      `create index task_unfinished_by_subject on task (organization_id, subject_id, position) where finished_at is null`,
    );
    this.addSql(`create index task_by_parent on task (organization_id, parent_id) where parent_id is not null`);
    this.addSql(
      `create index task_by_connector on task (organization_id, connector_id) where connector_id is not null`,
    );
    this.addSql(`create index task_by_end on task (finished_at) where finished_at is not null`);
  }

  override down(): void {
    this.addSql(`drop index task_by_end, task_by_connector, task_by_parent, task_unfinished_by_subject`);
    this.addSql(`
      alter table task
        drop constraint task_is_finished_or_under_way,
        drop constraint task_parent_exists,
        drop constraint task_connector_exists,
        drop column started_at, drop column lease_until, drop column attempts, drop column details,
        drop column caller, drop column parent_id, drop column connector_id, drop column position`);
  }
}
