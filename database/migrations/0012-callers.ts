import { Migration } from '@mikro-orm/migrations';

/** Everybody who calls: sessions and their refresh tokens, clients, keys, invitations, and what is counted against them. */
export class Callers extends Migration {
  override up(): void {
    this.addSql(`
      create function roles_of(organization uuid, person uuid) returns text[] language sql stable as $$
        select array(
          select r.role from role_assignment r where r.organization_id = organization and r.user_id = person
          union
          select r.role from membership m
            join role_assignment r on r.organization_id = organization and r.group_id = m.group_id
           where m.organization_id = organization and m.user_id = person
          union
          select r.role from membership m
            join group_closure c on c.organization_id = organization and c.descendant_id = m.group_id
            join role_assignment r on r.organization_id = organization and r.group_id = c.ancestor_id
           where m.organization_id = organization and m.user_id = person)
      $$`);

    // An impersonation hangs on the session of whoever began it.
    this.addSql(`
      alter table session
        add column kind text not null default 'login'
          constraint session_kind_is_known check (kind in ('login', 'impersonation')),
        add column actor_user_id uuid,
        add column actor_session_id uuid,
        add column reason text,
        add column address text,
        add column user_agent text,
        add column last_used_at timestamptz(3) not null default now(),
        add constraint session_actor_is_complete
          check ((kind = 'impersonation') = (actor_user_id is not null) and (actor_user_id is null) = (actor_session_id is null)),
        add constraint session_actor_exists foreign key (organization_id, actor_user_id)
          references app_user (organization_id, id) on delete cascade,
        add constraint session_of_actor_exists foreign key (organization_id, actor_session_id)
          references session (organization_id, id) on delete cascade`);
    this.addSql(
      `create index session_by_actor_session on session (organization_id, actor_session_id) where actor_session_id is not null`,
    );
    this.addSql(
      `create index session_by_actor on session (organization_id, actor_user_id) where actor_user_id is not null`,
    );
    this.addSql(`create index session_by_end on session (expires_at)`);

    // Whoever is switched off and on again, or deleted and restored, signs in anew: no path there can forget it.
    this.addSql(`
      create function end_sign_ins_of_user() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        new.credential_version := old.credential_version + 1;
        return new;
      end $$`);
    this.addSql(`
      create trigger app_user_signs_in_anew before update of active, deleted_at on app_user for each row
        when (old.active and not new.active or old.deleted_at is null and new.deleted_at is not null)
        execute function end_sign_ins_of_user()`);

    this.addSql(`
      create table refresh_token (
        organization_id uuid not null,
        id uuid not null default new_id(),
        session_id uuid not null,
        token_hash bytea not null constraint refresh_token_is_unique unique,
        created_at timestamptz(3) not null default now(),
        used_at timestamptz(3),
        primary key (organization_id, id),
        constraint refresh_token_session_exists foreign key (organization_id, session_id)
          references session (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index refresh_token_by_session on refresh_token (organization_id, session_id)`);

    // window_failures lead to the next lock; failures counts every one since the last success, while locked too.
    this.addSql(`alter table login_attempt add column window_failures integer not null default 0`);
    // Names nobody has cost the same write as names somebody has: one of a fixed number of rows.
    this.addSql(`
      create unlogged table unknown_login (
        organization_id uuid not null constraint unknown_login_organization_exists references organization (id),
        bucket smallint not null,
        failures integer not null default 0,
        window_failures integer not null default 0,
        temporary_lockouts integer not null default 0,
        last_failure_at timestamptz(3),
        locked_until timestamptz(3),
        primary key (organization_id, bucket)
      )`);

    this.addSql(`
      create table oauth_client (
        organization_id uuid not null constraint oauth_client_organization_exists references organization (id),
        id uuid not null default new_id(),
        client_id text not null constraint oauth_client_id_is_unique unique,
        name text not null,
        user_id uuid not null,
        roles text[] not null,
        public_key jsonb not null,
        secret_version integer not null default 1,
        source_networks cidr[] not null default '{}',
        created_at timestamptz(3) not null default now(),
        created_by uuid,
        secret_changed_at timestamptz(3) not null default now(),
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        primary key (organization_id, id),
        constraint oauth_client_roles_are_known check (roles <@ array
          ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR']),
        constraint oauth_client_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index oauth_client_by_user on oauth_client (organization_id, user_id)`);

    this.addSql(`
      create table used_nonce (
        organization_id uuid not null,
        client_id uuid not null,
        nonce text not null,
        expires_at timestamptz(3) not null,
        primary key (organization_id, client_id, nonce),
        constraint used_nonce_client_exists foreign key (organization_id, client_id)
          references oauth_client (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index used_nonce_by_end on used_nonce (expires_at)`);

    this.addSql(`
      create table api_key (
        organization_id uuid not null constraint api_key_organization_exists references organization (id),
        id uuid not null default new_id(),
        name text not null,
        level text not null constraint api_key_level_is_known check (level in ('ACCOUNT', 'WORKSPACE')),
        permission text not null constraint api_key_permission_is_known check (permission in ('VIEW', 'MODIFY')),
        prefix text not null,
        key_hash bytea not null constraint api_key_is_unique unique,
        created_at timestamptz(3) not null default now(),
        created_by uuid,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        primary key (organization_id, id)
      )`);

    this.addSql(`
      create table invitation (
        organization_id uuid not null,
        id uuid not null default new_id(),
        user_id uuid not null,
        token_hash bytea not null constraint invitation_token_is_unique unique,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        created_by uuid not null,
        used_at timestamptz(3),
        revoked_at timestamptz(3),
        primary key (organization_id, id),
        constraint invitation_maker_exists foreign key (organization_id, created_by)
          references app_user (organization_id, id) on delete cascade,
        constraint invitation_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create unique index invitation_open_is_single on invitation (organization_id, user_id) where used_at is null and revoked_at is null`,
    );

    this.addSql(`create index invitation_by_maker on invitation (organization_id, created_by)`);

    // A key signs from one moment on and verifies until another, so that nobody meets a token of a key he has not heard of.
    this.addSql(`
      alter table signing_key
        add column signs_from timestamptz(3) not null default now(),
        add column verifies_until timestamptz(3)`);
    this.addSql(`update signing_key set signs_from = created_at`);

    this.addSql(`
      create unlogged table rate_limit (
        key varchar(255) primary key,
        points integer not null default 0,
        expire bigint
      )`);
    this.addSql(`create index rate_limit_by_end on rate_limit (expire)`);

    this.addSql(`create index role_assignment_by_role on role_assignment (organization_id, role, id)`);
    // Runs write two events an account: for them a few bytes for each stretch of the table say who and what is in it.
    this.addSql(`
      create index audit_event_by_actor on audit_event (organization_id, actor_id, at desc, id desc)
        where actor_type <> 'sync'`);
    this.addSql(`
      create index audit_event_by_action on audit_event (organization_id, action, at desc, id desc)
        where actor_type <> 'sync'`);
    this.addSql(`
      create index audit_event_by_whose_rights on audit_event (organization_id, on_behalf_of_id, at desc, id desc)
        where on_behalf_of_id is not null`);
    this.addSql(`
      create index audit_event_of_runs on audit_event
        using brin (actor_id uuid_minmax_ops, action text_bloom_ops) with (autosummarize = on)
        where actor_type = 'sync'`);
  }

  override down(): void {
    for (const index of ['of_runs', 'by_whose_rights', 'by_action', 'by_actor']) {
      this.addSql(`drop index audit_event_${index}`);
    }
    this.addSql(`drop index role_assignment_by_role`);
    this.addSql(`drop table rate_limit`);
    this.addSql(`alter table signing_key drop column signs_from, drop column verifies_until`);
    for (const table of ['invitation', 'api_key', 'used_nonce', 'oauth_client', 'unknown_login', 'refresh_token']) {
      this.addSql(`drop table ${table}`);
    }
    this.addSql(`alter table login_attempt drop column window_failures`);
    this.addSql(`delete from session where kind = 'impersonation'`);
    this.addSql(`drop index session_by_end`);
    this.addSql(`drop index session_by_actor`);
    this.addSql(`drop index session_by_actor_session`);
    this.addSql(`
      alter table session
        drop constraint session_actor_is_complete,
        drop column kind, drop column actor_user_id, drop column actor_session_id, drop column reason,
        drop column address, drop column user_agent, drop column last_used_at`);
    this.addSql(`drop trigger app_user_signs_in_anew on app_user`);
    this.addSql(`drop function end_sign_ins_of_user()`);
    this.addSql(`drop function roles_of(uuid, uuid)`);
  }
}
