import { Migration } from '@mikro-orm/migrations';

/** Append-only trail, one partition a month. Nothing but a purge by the owning role may ever touch a row again. */
export class Audit extends Migration {
  override up(): void {
    this.addSql(`
      create table audit_event (
        organization_id uuid not null,
        id uuid not null default new_id(),
        at timestamptz(3) not null default now(),
        action text not null constraint audit_event_action_is_noun_and_verb check (action ~ '^[a-zA-Z]+\\.[a-zA-Z]+$'),
        actor_type text not null constraint audit_event_actor_type_is_known
          check (actor_type in ('user', 'client', 'key', 'sync', 'system')),
        actor_id uuid,
        actor_name text not null,
        on_behalf_of_id uuid,
        on_behalf_of_name text,
        subject_type text not null,
        subject_id uuid not null,
        before jsonb,
        after jsonb,
        request_id text,
        primary key (organization_id, at, id)
      ) partition by range (at)`);
    this.addSql(
      `create index audit_event_by_subject on audit_event (organization_id, subject_type, subject_id, at desc, id desc)`,
    );
    this.addSql(`
      create function refuse_audit_change() returns trigger language plpgsql as $$
      begin
        raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
      end $$`);
    // A purge on a person's request disables this trigger; only the owning role can.
    this.addSql(`
      create trigger audit_event_rows_stay before update or delete on audit_event
        for each row execute function refuse_audit_change()`);

    // Row triggers of the parent reach the partitions by themselves, TRUNCATE triggers do not: each partition gets its own.
    this.addSql(`
      create function open_audit_partition(part text, bounds text) returns void language plpgsql
        set search_path = public, pg_temp as $$
      begin
        execute format('create table %I partition of audit_event %s', part, bounds);
        execute format(
          'create trigger %I before truncate on %I for each statement execute function refuse_audit_change()',
          part || '_stays', part);
      end $$`);
    this.addSql(`
      create function prepare_audit_partitions(months_ahead integer) returns void language plpgsql security definer
        set search_path = public, pg_temp as $$
      declare
        month timestamptz;
        part text;
      begin
        for i in 0..months_ahead loop
          month := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
          part := 'audit_event_' || to_char(month at time zone 'UTC', 'YYYY_MM');
          if to_regclass('public.' || part) is null then
            begin
              perform open_audit_partition(part,
                format('for values from (%L) to (%L)', month, month + interval '1 month'));
            exception when check_violation then
              raise warning 'audit events of % stay in the default partition', part;
            end;
          end if;
        end loop;
      end $$`);
    this.addSql(`
      create trigger audit_event_stays before truncate on audit_event
        for each statement execute function refuse_audit_change()`);
    this.addSql(`select open_audit_partition('audit_event_default', 'default')`);
    this.addSql(`select prepare_audit_partitions(3)`);
    this.addSql(`revoke all on function open_audit_partition(text, text) from public`);
  }

  override down(): void {
    this.addSql(`drop table audit_event`);
    this.addSql(`drop function prepare_audit_partitions(integer)`);
    this.addSql(`drop function open_audit_partition(text, text)`);
    this.addSql(`drop function refuse_audit_change()`);
  }
}
