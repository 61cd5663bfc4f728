import { Migration } from '@mikro-orm/migrations';

/** What people use, the feeds of its accounts, who answers for them, and the files they deliver. */
export class Connectors extends Migration {
  override up(): void {
    this.addSql(`
      create table application (
        organization_id uuid not null constraint application_organization_exists references organization (id),
        id uuid not null default new_id(),
        name text not null,
        name_key text collate "C" not null,
        description text not null default '',
        is_directory boolean not null default false,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (organization_id, id)
      )`);
    this.addSql(`create unique index application_name_is_unique on application (organization_id, name_key)`);

    this.addSql(`
      create table connector (
        organization_id uuid not null,
        id uuid not null default new_id(),
        application_id uuid not null,
        name text not null,
        name_key text collate "C" not null,
        description text not null default '',
        kind text not null constraint connector_kind_is_known check (kind in ('delimited-file')),
        authoritative boolean not null default false,
        priority integer not null default 100,
        config jsonb not null,
        sync_disabled_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (organization_id, id),
        constraint connector_application_exists foreign key (organization_id, application_id)
          references application (organization_id, id)
      )`);
    this.addSql(
      `create unique index connector_name_is_unique on connector (organization_id, application_id, name_key)`,
    );
    this.addSql(`create index connector_by_name on connector (organization_id, name_key, id)`);

    this.addSql(`
      create table connector_owner (
        organization_id uuid not null,
        connector_id uuid not null,
        role_slug text not null constraint connector_owner_role_slug_is_plain check (role_slug ~ '^[a-z0-9_-]{1,64}$'),
        user_id uuid not null,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, connector_id, role_slug, user_id),
        constraint connector_owner_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade,
        constraint connector_owner_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index connector_owner_by_user on connector_owner (organization_id, user_id, connector_id)`);

    this.addSql(`
      create table connector_file (
        organization_id uuid not null,
        id uuid not null default new_id(),
        connector_id uuid not null,
        name text not null,
        size_bytes bigint not null,
        sha256 text not null,
        taken_at timestamptz(3) not null,
        uploaded_by text not null,
        complete boolean not null default false,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, id),
        constraint connector_file_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create index connector_file_by_connector on connector_file (organization_id, connector_id, created_at)`,
    );

    this.addSql(`
      create table connector_file_chunk (
        organization_id uuid not null,
        file_id uuid not null,
        position integer not null,
        content bytea not null,
        primary key (organization_id, file_id, position),
        constraint connector_file_chunk_file_exists foreign key (organization_id, file_id)
          references connector_file (organization_id, id) on delete cascade
      )`);
    this.addSql(`alter table connector_file_chunk alter column content set storage external`);

    this.addSql(`
      create table attribute_mapping (
        organization_id uuid not null,
        id uuid not null default new_id(),
        connector_id uuid not null,
        account_attribute text not null,
        owner_field text not null,
        priority integer not null,
        primary key (organization_id, id),
        constraint attribute_mapping_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create unique index attribute_mapping_is_single on attribute_mapping (organization_id, connector_id, owner_field)`,
    );

    this.addSql(`
      create table correlation_rule (
        organization_id uuid not null,
        id uuid not null default new_id(),
        connector_id uuid not null,
        position integer not null,
        account_attribute text not null,
        owner_attribute text not null constraint correlation_rule_owner_attribute_is_known
          check (owner_attribute in ('identityId', 'email')),
        primary key (organization_id, id),
        constraint correlation_rule_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create unique index correlation_rule_position_is_single on correlation_rule (organization_id, connector_id, position)`,
    );
  }

  override down(): void {
    for (const table of [
      'correlation_rule',
      'attribute_mapping',
      'connector_file_chunk',
      'connector_file',
      'connector_owner',
      'connector',
      'application',
    ]) {
      this.addSql(`drop table ${table}`);
    }
  }
}
