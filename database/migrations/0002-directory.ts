import { Migration } from '@mikro-orm/migrations';

/** Who signs in, in which groups, with which roles, sessions and keys. */
export class Directory extends Migration {
  override up(): void {
    this.addSql(`
      create table app_user (
        organization_id uuid not null constraint app_user_organization_exists references organization (id),
        id uuid not null default new_id(),
        user_name text not null,
        user_name_key text collate "C" not null,
        display_name text not null,
        display_name_key text collate "C" not null,
        email text,
        email_key text collate "C",
        external_id text,
        first_name text,
        last_name text,
        phone text,
        timezone text,
        timezone_adjust_for_dst boolean,
        time_format text,
        unix_user_name text,
        unix_home_directory text,
        user_principal_name text,
        system boolean not null default false,
        active boolean not null default true,
        inactive_reason text constraint app_user_inactive_reason_is_known
          check (inactive_reason in ('manual', 'tooManyFailedLogons', 'externalAccountDisabled')),
        invitation_pending boolean not null default false,
        invitation_expires_at timestamptz(3),
        credential_version integer not null default 1,
        last_login_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        deleted_at timestamptz(3),
        primary key (organization_id, id),
        constraint app_user_reason_only_when_inactive check (active = (inactive_reason is null)),
        constraint app_user_email_has_its_key check ((email is null) = (email_key is null))
      )`);
    this.addSql(
      `create unique index app_user_name_is_unique_among_live on app_user (organization_id, user_name_key) where deleted_at is null`,
    );
    this.addSql(
      `create unique index app_user_email_is_unique_among_live on app_user (organization_id, email_key) where deleted_at is null`,
    );
    this.addSql(`
      alter table organization add constraint organization_account_owner_exists
        foreign key (id, account_owner_user_id) references app_user (organization_id, id)`);

    this.addSql(`
      create table credential (
        organization_id uuid not null,
        user_id uuid not null,
        password_hash text not null,
        must_change boolean not null default false,
        changed_at timestamptz(3) not null default now(),
        primary key (organization_id, user_id),
        constraint credential_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);

    this.addSql(`
      create table user_group (
        organization_id uuid not null constraint user_group_organization_exists references organization (id),
        id uuid not null default new_id(),
        kind text not null default 'directory'
          constraint user_group_kind_is_known check (kind in ('directory', 'org_group')),
        name text not null,
        name_key text collate "C" not null,
        external_id text,
        system boolean not null default false,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (organization_id, id)
      )`);
    this.addSql(`create unique index user_group_name_is_unique on user_group (organization_id, kind, name_key)`);

    this.addSql(`
      create table membership (
        organization_id uuid not null,
        id uuid not null default new_id(),
        group_id uuid not null,
        user_id uuid,
        member_group_id uuid,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, id),
        constraint membership_has_one_member check (num_nonnulls(user_id, member_group_id) = 1),
        constraint membership_group_is_not_its_own_member check (member_group_id <> group_id),
        constraint membership_group_exists foreign key (organization_id, group_id)
          references user_group (organization_id, id) on delete cascade,
        constraint membership_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade,
        constraint membership_member_group_exists foreign key (organization_id, member_group_id)
          references user_group (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create unique index membership_of_user_is_single on membership (organization_id, user_id, group_id) where user_id is not null`,
    );
    this.addSql(
      `create unique index membership_of_group_is_single on membership (organization_id, member_group_id, group_id) where member_group_id is not null`,
    );
    this.addSql(`create index membership_by_group on membership (organization_id, group_id)`);

    // Reachability between groups with the number of ways there, so that removing one edge knows whether another way is left.
    this.addSql(`
      create table group_closure (
        organization_id uuid not null,
        ancestor_id uuid not null,
        descendant_id uuid not null,
        paths integer not null constraint group_closure_counts_ways check (paths > 0),
        primary key (organization_id, descendant_id, ancestor_id),
        constraint group_closure_has_no_cycle check (ancestor_id <> descendant_id),
        constraint group_closure_ancestor_exists foreign key (organization_id, ancestor_id)
          references user_group (organization_id, id) on delete cascade,
        constraint group_closure_descendant_exists foreign key (organization_id, descendant_id)
          references user_group (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create index group_closure_by_ancestor on group_closure (organization_id, ancestor_id, descendant_id)`,
    );

    this.addSql(`
      create table role_assignment (
        organization_id uuid not null,
        id uuid not null default new_id(),
        user_id uuid,
        group_id uuid,
        role text not null constraint role_assignment_role_is_known check (role in
          ('Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR')),
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, id),
        constraint role_assignment_has_one_holder check (num_nonnulls(user_id, group_id) = 1),
        constraint role_assignment_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade,
        constraint role_assignment_group_exists foreign key (organization_id, group_id)
          references user_group (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create unique index role_assignment_to_user_is_single on role_assignment (organization_id, user_id, role) where user_id is not null`,
    );
    this.addSql(
      `create unique index role_assignment_to_group_is_single on role_assignment (organization_id, group_id, role) where group_id is not null`,
    );

    this.addSql(`
      create table session (
        organization_id uuid not null,
        id uuid not null default new_id(),
        user_id uuid not null,
        credential_version integer not null,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        revoked_at timestamptz(3),
        primary key (organization_id, id),
        constraint session_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index session_by_user on session (organization_id, user_id, created_at)`);

    this.addSql(`
      create table login_attempt (
        organization_id uuid not null,
        user_id uuid not null,
        failures integer not null default 0,
        temporary_lockouts integer not null default 0,
        last_failure_at timestamptz(3),
        locked_until timestamptz(3),
        primary key (organization_id, user_id),
        constraint login_attempt_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);

    // Keys sign tokens of every organization; the private part is sealed with the server's own secret.
    this.addSql(`
      create table signing_key (
        id uuid primary key default new_id(),
        kid text not null constraint signing_key_kid_is_unique unique,
        algorithm text not null constraint signing_key_algorithm_is_known check (algorithm in ('ES256')),
        public_key jsonb not null,
        private_key_sealed text not null,
        created_at timestamptz(3) not null default now(),
        retired_at timestamptz(3)
      )`);
  }

  override down(): void {
    this.addSql(`alter table organization drop constraint organization_account_owner_exists`);
    for (const table of [
      'signing_key',
      'login_attempt',
      'session',
      'role_assignment',
      'group_closure',
      'membership',
      'user_group',
      'credential',
      'app_user',
    ]) {
      this.addSql(`drop table ${table}`);
    }
  }
}
