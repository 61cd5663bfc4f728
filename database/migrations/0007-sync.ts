import { Migration } from '@mikro-orm/migrations';

/** Runs, the rows they refused, what they stage, and the tasks users see. */
export class Sync extends Migration {
  override up(): void {
    this.addSql(`
      create table sync_run (
        organization_id uuid not null,
        id uuid not null default new_id(),
        connector_id uuid not null,
        file_id uuid not null,
        state text not null default 'queued' constraint sync_run_state_is_known check (state in
          ('queued', 'running', 'needs_confirmation', 'paused', 'cancelled', 'succeeded', 'failed')),
        stage text not null default 'waiting' constraint sync_run_stage_is_known check (stage in
          ('waiting', 'reading', 'comparing', 'applying', 'removing', 'correlating', 'managers', 'insights', 'done')),
        dry_run boolean not null default false,
        confirmed boolean not null default false,
        cursor_line integer not null default 0,
        staged_rows integer,
        rows_read integer not null default 0,
        rows_refused integer not null default 0,
        rows_applied integer not null default 0,
        rows_to_apply integer not null default 0,
        accounts_created integer not null default 0,
        accounts_updated integer not null default 0,
        accounts_unchanged integer not null default 0,
        accounts_removed integer not null default 0,
        accounts_returned integer not null default 0,
        accounts_linked integer not null default 0,
        accounts_unlinked integer not null default 0,
        owners_created integer not null default 0,
        owners_updated integer not null default 0,
        owners_deactivated integer not null default 0,
        error text,
        requested_by text not null,
        lease_holder uuid,
        lease_until timestamptz(3),
        created_at timestamptz(3) not null default now(),
        started_at timestamptz(3),
        finished_at timestamptz(3),
        updated_at timestamptz(3) not null default now(),
        primary key (organization_id, id),
        constraint sync_run_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade,
        constraint sync_run_file_exists foreign key (organization_id, file_id)
          references connector_file (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create unique index sync_run_is_single_in_connector on sync_run (organization_id, connector_id) where state in ('queued', 'running', 'paused')`,
    );
    this.addSql(
      `create index sync_run_by_connector on sync_run (organization_id, connector_id, created_at desc, id desc)`,
    );
    this.addSql(`create index sync_run_by_file on sync_run (organization_id, file_id)`);
    this.addSql(`create index sync_run_waiting on sync_run (created_at, id) where state in ('queued', 'running')`);

    this.addSql(`
      create table refused_row (
        organization_id uuid not null,
        run_id uuid not null,
        line integer not null,
        reason text not null,
        message text not null,
        native_key text collate "C",
        primary key (organization_id, run_id, line, reason),
        constraint refused_row_run_exists foreign key (organization_id, run_id)
          references sync_run (organization_id, id) on delete cascade
      )`);

    this.addSql(`
      create table staged_account (
        run_id uuid not null,
        line integer not null,
        native_key text collate "C" not null,
        native_identity text not null,
        native_identity_key text collate "C" not null,
        name text not null,
        name_key text collate "C" not null,
        display_name text,
        uuid text,
        email text,
        email_key text collate "C",
        description text,
        correlation_keys text[] collate "C" not null,
        disabled boolean not null,
        locked boolean not null,
        system_account boolean not null,
        source_created_at timestamptz(3),
        last_login_at timestamptz(3),
        mfa_enabled boolean,
        password_enabled boolean not null,
        password_last_set_at timestamptz(3),
        privileged boolean not null,
        vaulted boolean not null,
        shared boolean not null,
        breached boolean not null,
        failed_logins integer not null,
        failed_logins_at timestamptz(3),
        in_privileged_group boolean not null,
        in_highly_privileged_group boolean not null,
        has_highly_privileged_role boolean not null,
        attributes jsonb not null,
        entitlements jsonb not null,
        entitlement_count integer not null,
        owner_fields jsonb,
        owner_email_key text collate "C",
        identity_key text collate "C",
        manager_key text collate "C",
        source_hash bytea not null,
        account_id uuid,
        change text,
        owner_id uuid,
        owner_change text
      ) partition by list (run_id)`);

    // A run copies its rows into its own partition by name: copying through the parent would hold a lock on it for as
    // long as the file takes to read, and no other run could open or close its partition meanwhile.
    // The server's role owns no table, so opening and closing a run's own partition is lent to it by these two.
    this.addSql(`
      create function open_staging(run uuid) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      declare part text := 'staged_account_' || replace(run::text, '-', '');
      begin
        execute format('drop table if exists %I', part);
        execute format('create unlogged table %I partition of staged_account for values in (%L)', part, run);
        execute format('grant insert on %I to %I', part, session_user);
      end $$`);
    this.addSql(`
      create function index_staging(run uuid) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      declare part text := 'staged_account_' || replace(run::text, '-', '');
      begin
        execute format('create index if not exists %I on %I (line)', part || '_line', part);
        execute format('create index if not exists %I on %I (native_key)', part || '_key', part);
        execute format('analyze %I', part);
      end $$`);
    this.addSql(`
      create function close_staging(run uuid) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      begin
        execute format('drop table if exists %I', 'staged_account_' || replace(run::text, '-', ''));
      end $$`);

    // Plans made for an empty table are ruinous on a full one, and a first run fills the tables faster than autovacuum looks.
    this.addSql(`
      create function refresh_planner_statistics() returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      begin
        analyze owner;
        analyze account;
        analyze entitlement;
        analyze account_entitlement;
        analyze owner_statistics;
      end $$`);

    this.addSql(`
      create table task (
        organization_id uuid not null constraint task_organization_exists references organization (id),
        id uuid not null default new_id(),
        kind text not null,
        subject_type text not null,
        subject_id uuid not null,
        state text not null default 'queued'
          constraint task_state_is_known check (state in ('queued', 'running', 'succeeded', 'failed')),
        messages jsonb not null default '[]',
        requested_by text not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        finished_at timestamptz(3),
        primary key (organization_id, id)
      )`);
    this.addSql(`create index task_by_subject on task (organization_id, subject_type, subject_id, created_at)`);
    this.addSql(`create schema if not exists pgboss`);
  }

  override down(): void {
    this.addSql(`drop schema pgboss cascade`);
    this.addSql(`drop table task`);
    this.addSql(`drop function refresh_planner_statistics()`);
    for (const name of ['close_staging', 'index_staging', 'open_staging']) this.addSql(`drop function ${name}(uuid)`);
    for (const table of ['staged_account', 'refused_row', 'sync_run']) this.addSql(`drop table ${table}`);
  }
}
