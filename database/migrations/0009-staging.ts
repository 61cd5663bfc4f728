import { Migration } from '@mikro-orm/migrations';

/**
 * A run stages what it reads in three steps: a key of every row, the rows that differ, and the plan of what is to be
 * done. Only the last two grow with the number of changes.
 */
export class Staging extends Migration {
  override up(): void {
    // Unlogged tables of each run are made like these, which stay empty. They are no partitions: to open or drop one of
    // those, the parent is locked against every other run.
    this.addSql(`drop table staged_account`);
    this.addSql(`
      create table staged_key (
        line integer not null,
        native_key text collate "C" not null,
        source_hash bytea not null,
        identity_key text collate "C",
        owner_email_key text collate "C",
        manager_key text collate "C"
      )`);
    this.addSql(`
      create table staged_account (
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
        disabled boolean not null default false,
        locked boolean not null default false,
        system_account boolean not null default false,
        source_created_at timestamptz(3),
        last_login_at timestamptz(3),
        mfa_enabled boolean,
        password_enabled boolean not null default true,
        password_last_set_at timestamptz(3),
        privileged boolean not null,
        vaulted boolean not null default false,
        shared boolean not null default false,
        breached boolean not null default false,
        failed_logins integer not null default 0,
        failed_logins_at timestamptz(3),
        in_privileged_group boolean not null,
        in_highly_privileged_group boolean not null,
        has_highly_privileged_role boolean not null,
        attributes jsonb not null,
        entitlements jsonb not null default '[]',
        entitlement_count integer not null default 0,
        owner_fields jsonb,
        owner_email_key text collate "C",
        identity_key text collate "C"
      )`);
    this.addSql(`
      create table staged_plan (
        batch integer not null,
        line integer not null,
        account_id uuid not null,
        source_hash bytea not null,
        change text not null,
        owner_id uuid,
        owner_change text
      )`);
    this.addSql(`
      create table staged_link (
        line integer not null,
        owner_id uuid not null,
        manager_id uuid,
        unknown boolean not null
      )`);
    // What was read under which configuration, and how many rows: a worker that takes over reads again unless all is there.
    this.addSql(`alter table sync_run drop column staged_rows, drop column cursor_line, add column staging jsonb`);
    // A row that is refused may still say which person it is about: he is not absent.
    this.addSql(`alter table refused_row add column identity_key text collate "C"`);
    // Whose rules the accounts' correlation keys were made by.
    this.addSql(`alter table connector add column applied_rules text`);

    this.addSql(`
      create or replace function open_staging(run uuid) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      declare kind text; own text;
      begin
        foreach kind in array array['staged_key', 'staged_account', 'staged_plan', 'staged_link'] loop
          own := kind || '_' || replace(run::text, '-', '');
          execute format('drop table if exists %I', own);
          execute format('create unlogged table %I (like %I including defaults)', own, kind);
          execute format('grant select, insert, update, delete on %I to %I', own, session_user);
        end loop;
      end $$`);
    this.addSql(`
      create or replace function close_staging(run uuid) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      declare kind text;
      begin
        foreach kind in array array['staged_key', 'staged_account', 'staged_plan', 'staged_link'] loop
          execute format('drop table if exists %I', kind || '_' || replace(run::text, '-', ''));
        end loop;
      end $$`);
    this.addSql(`drop function index_staging(uuid)`);
    this.addSql(`
      create function index_staging(run uuid, kind text) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      declare own text := kind || '_' || replace(run::text, '-', '');
      begin
        if kind not in ('staged_key', 'staged_account', 'staged_plan') then raise exception 'no staging table %', kind; end if;
        if kind <> 'staged_key' then execute format('create index if not exists %I on %I (line)', own || '_line', own); end if;
        if kind = 'staged_plan' then execute format('create index if not exists %I on %I (batch)', own || '_batch', own); end if;
        execute format('analyze %I (%s)', own, case kind
          when 'staged_key' then 'line, native_key, source_hash, identity_key, owner_email_key, manager_key'
          when 'staged_account' then 'line, native_key, identity_key, owner_email_key'
          else 'batch, line, account_id, change, owner_id, owner_change' end);
      end $$`);

    // A smaller sample than autovacuum's, and only of columns that plans look at: whole rows cost ten times as much.
    this.addSql(`
      create or replace function refresh_planner_statistics() returns void language plpgsql security definer
        set search_path = public, pg_temp set default_statistics_target = 30 as $$
      begin
        analyze owner (organization_id, id, email_key, alt_email_key, identity_key, connector_id, user_id, manager_id, status, deleted_at);
        analyze account (organization_id, id, connector_id, owner_id, native_key, email_key, correlation, deleted_at,
          group_deviation, disabled);
        analyze account_entitlement;
        analyze owner_statistics (organization_id, owner_id, next_change_at);
      end $$`);
    this.addSql(`
      create function refresh_entitlement_statistics() returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      begin
        analyze entitlement;
      end $$`);

    // The foreign keys of what accounts hold, checked once a statement instead of twice a row: these rows are half of
    // what a first run writes. Whoever deletes the other side keeps new rows out until he is done.
    this.addSql(`
      alter table account_entitlement drop constraint account_entitlement_account_exists,
        drop constraint account_entitlement_entitlement_exists`);
    this.addSql(`
      create function require_both_ends_of_holding() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        if exists (select from added h where not exists (
          select from account a where a.organization_id = h.organization_id and a.id = h.account_id)) then
          raise foreign_key_violation using message = 'an account that does not exist holds nothing',
            table = 'account_entitlement', constraint = 'account_entitlement_account_exists';
        end if;
        if exists (select from added h where not exists (
          select from entitlement e where e.organization_id = h.organization_id and e.id = h.entitlement_id)) then
          raise foreign_key_violation using message = 'an entitlement that does not exist is not held',
            table = 'account_entitlement', constraint = 'account_entitlement_entitlement_exists';
        end if;
        return null;
      end $$`);
    for (const event of ['insert', 'update']) {
      this.addSql(`
        create trigger account_entitlement_ends_exist_on_${event} after ${event} on account_entitlement
          referencing new table as added for each statement execute function require_both_ends_of_holding()`);
    }
    this.addSql(`
      create function release_holdings_of_account() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        lock table account_entitlement in share row exclusive mode;
        delete from account_entitlement h using gone where h.organization_id = gone.organization_id and h.account_id = gone.id;
        return null;
      end $$`);
    this.addSql(`
      create trigger account_entitlement_goes_with_account after delete on account
        referencing old table as gone for each statement execute function release_holdings_of_account()`);
    this.addSql(`
      create function refuse_held_entitlement() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        lock table account_entitlement in share row exclusive mode;
        if exists (select from gone join account_entitlement h
            on h.organization_id = gone.organization_id and h.entitlement_id = gone.id) then
          raise foreign_key_violation using message = 'an entitlement that is held does not go',
            table = 'account_entitlement', constraint = 'account_entitlement_entitlement_exists';
        end if;
        return null;
      end $$`);
    this.addSql(`
      create trigger account_entitlement_keeps_entitlement after delete on entitlement
        referencing old table as gone for each statement execute function refuse_held_entitlement()`);

    // What a dry run would change, row by row.
    this.addSql(`
      create table run_change (
        organization_id uuid not null,
        run_id uuid not null,
        position integer not null,
        change text not null constraint run_change_is_known
          check (change in ('create', 'update', 'return', 'remove', 'deactivate')),
        subject_type text not null constraint run_change_subject_is_known check (subject_type in ('account', 'owner')),
        subject_id uuid,
        line integer,
        name text not null,
        native_identity text,
        before jsonb,
        after jsonb,
        primary key (organization_id, run_id, position),
        constraint run_change_run_exists foreign key (organization_id, run_id)
          references sync_run (organization_id, id) on delete cascade
      )`);
  }

  override down(): void {
    this.addSql(`drop table run_change`);
    this.addSql(`drop trigger account_entitlement_keeps_entitlement on entitlement`);
    this.addSql(`drop trigger account_entitlement_goes_with_account on account`);
    for (const event of ['insert', 'update']) {
      this.addSql(`drop trigger account_entitlement_ends_exist_on_${event} on account_entitlement`);
    }
    for (const name of ['refuse_held_entitlement', 'release_holdings_of_account', 'require_both_ends_of_holding']) {
      this.addSql(`drop function ${name}()`);
    }
    this.addSql(`
      alter table account_entitlement
        add constraint account_entitlement_account_exists foreign key (organization_id, account_id)
          references account (organization_id, id) on delete cascade,
        add constraint account_entitlement_entitlement_exists foreign key (organization_id, entitlement_id)
          references entitlement (organization_id, id)`);
    this.addSql(`drop function refresh_entitlement_statistics()`);
    this.addSql(`alter table refused_row drop column identity_key`);
    this.addSql(`alter table connector drop column applied_rules`);
    this.addSql(`
      alter table sync_run drop column staging, add column staged_rows integer, add column cursor_line integer not null default 0`);
    this.addSql(`drop table staged_link`);
    this.addSql(`drop table staged_plan`);
    this.addSql(`drop table staged_key`);
    this.addSql(`alter table staged_account rename to staged_account_columns`);
    this.addSql(`
      create table staged_account (
        run_id uuid not null, like staged_account_columns, manager_key text collate "C", source_hash bytea not null,
        account_id uuid, change text, owner_id uuid, owner_change text
      ) partition by list (run_id)`);
    this.addSql(`drop table staged_account_columns`);
    this.addSql(`drop function index_staging(uuid, text)`);
    this.addSql(`
      create or replace function open_staging(run uuid) returns void language plpgsql security definer
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
      create or replace function close_staging(run uuid) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      begin
        execute format('drop table if exists %I', 'staged_account_' || replace(run::text, '-', ''));
      end $$`);
  }
}
