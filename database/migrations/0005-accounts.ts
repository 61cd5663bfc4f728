import { Migration } from '@mikro-orm/migrations';

/** Logins on connected systems with their posture, what they may do there, and the exact totals of the common lists. */
export class Accounts extends Migration {
  override up(): void {
    this.addSql(`
      create table account (
        organization_id uuid not null,
        id uuid not null default new_id(),
        connector_id uuid not null,
        owner_id uuid,
        correlation text not null default 'none'
          constraint account_correlation_is_known check (correlation in ('none', 'rule', 'provisioning', 'manual')),
        origin text not null default 'AGGREGATED'
          constraint account_origin_is_known check (origin in ('AGGREGATED', 'PROVISIONED')),
        native_identity text not null,
        native_key text collate "C" not null,
        native_identity_key text collate "C" not null,
        name text not null,
        name_key text collate "C" not null,
        display_name text,
        uuid text,
        email text,
        email_key text collate "C",
        description text,
        correlation_keys text[] collate "C" not null default '{}',
        disabled boolean not null default false,
        locked boolean not null default false,
        system_account boolean not null default false,
        source_created_at timestamptz(3),
        last_login_at timestamptz(3),
        mfa_enabled boolean,
        password_enabled boolean not null default true,
        password_last_set_at timestamptz(3),
        privileged boolean not null default false,
        vaulted boolean not null default false,
        shared boolean not null default false,
        breached boolean not null default false,
        failed_logins integer not null default 0,
        failed_logins_at timestamptz(3),
        in_privileged_group boolean not null default false,
        in_highly_privileged_group boolean not null default false,
        has_highly_privileged_role boolean not null default false,
        group_deviation boolean not null default false,
        attributes jsonb not null default '{}',
        owner_name_key text collate "C",
        owner_state text,
        connector_name_key text collate "C" not null,
        entitlement_count integer not null default 0,
        source_hash bytea,
        last_run_id uuid,
        version integer not null default 1,
        created_at timestamptz(3) not null default now(),
        modified_at timestamptz(3) not null default now(),
        deleted_at timestamptz(3),
        primary key (organization_id, id),
        constraint account_link_has_an_owner check ((owner_id is null) = (correlation = 'none')),
        constraint account_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id),
        constraint account_owner_exists foreign key (organization_id, owner_id) references owner (organization_id, id)
      )`);
    this.addSql(
      `create unique index account_native_key_is_unique_in_connector on account (organization_id, connector_id, native_key)`,
    );
    this.addSql(`create index account_by_id on account (organization_id, id) where deleted_at is null`);
    this.addSql(`create index account_by_name on account (organization_id, name_key, id) where deleted_at is null`);
    this.addSql(
      `create index account_by_created on account (organization_id, created_at, id) where deleted_at is null`,
    );
    this.addSql(
      `create index account_by_modified on account (organization_id, modified_at, id) where deleted_at is null`,
    );
    this.addSql(
      `create index account_by_connector on account (organization_id, connector_id, id) where deleted_at is null`,
    );
    this.addSql(`create index account_by_owner on account (organization_id, owner_id, id) where deleted_at is null`);
    this.addSql(
      `create index account_by_native_identity on account (organization_id, native_identity_key, id) where deleted_at is null`,
    );
    this.addSql(
      `create index account_unowned_by_email on account (organization_id, email_key) where owner_id is null and deleted_at is null`,
    );

    this.addSql(`
      create table account_co_user (
        organization_id uuid not null,
        account_id uuid not null,
        owner_id uuid not null,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, account_id, owner_id),
        constraint account_co_user_account_exists foreign key (organization_id, account_id)
          references account (organization_id, id) on delete cascade,
        constraint account_co_user_owner_exists foreign key (organization_id, owner_id)
          references owner (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index account_co_user_by_owner on account_co_user (organization_id, owner_id)`);

    this.addSql(`
      create table entitlement (
        organization_id uuid not null,
        id uuid not null default new_id(),
        connector_id uuid not null,
        attribute text not null,
        value text not null,
        name text not null,
        name_key text collate "C" not null,
        description text,
        kind text not null default 'group' constraint entitlement_kind_is_known check (kind in ('group', 'role')),
        privileged boolean not null default false,
        highly_privileged boolean not null default false,
        created_at timestamptz(3) not null default now(),
        modified_at timestamptz(3) not null default now(),
        primary key (organization_id, id),
        constraint entitlement_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id)
      )`);
    this.addSql(
      `create unique index entitlement_value_is_unique_in_connector on entitlement (organization_id, connector_id, attribute, value)`,
    );

    this.addSql(`
      create table account_entitlement (
        organization_id uuid not null,
        account_id uuid not null,
        entitlement_id uuid not null,
        primary key (organization_id, account_id, entitlement_id),
        constraint account_entitlement_account_exists foreign key (organization_id, account_id)
          references account (organization_id, id) on delete cascade,
        constraint account_entitlement_entitlement_exists foreign key (organization_id, entitlement_id)
          references entitlement (organization_id, id)
      )`);
    this.addSql(
      `create index account_entitlement_by_entitlement on account_entitlement (organization_id, entitlement_id, account_id)`,
    );

    // Signed differences, one or two rows a write; a job folds them, the sum is exact at any moment.
    this.addSql(`
      create table account_tally (
        organization_id uuid not null,
        id bigint generated always as identity,
        connector_id uuid not null,
        correlated boolean not null,
        delta bigint not null,
        primary key (organization_id, id),
        constraint account_tally_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id)
      )`);
    this.addSql(
      `create index account_tally_by_filter on account_tally (organization_id, connector_id, correlated) include (delta)`,
    );
  }

  override down(): void {
    for (const table of ['account_tally', 'account_entitlement', 'entitlement', 'account_co_user', 'account']) {
      this.addSql(`drop table ${table}`);
    }
  }
}
