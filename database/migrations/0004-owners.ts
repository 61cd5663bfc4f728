import { Migration } from '@mikro-orm/migrations';

/** The governed persons, services and federated parties, and the roles their jobs imply. */
export class Owners extends Migration {
  override up(): void {
    this.addSql(`
      create table owner (
        organization_id uuid not null constraint owner_organization_exists references organization (id),
        id uuid not null default new_id(),
        name text not null,
        name_key text collate "C" not null,
        email text,
        email_key text collate "C",
        alt_email text,
        alt_email_key text collate "C",
        department text,
        department_key text collate "C",
        title text,
        title_key text collate "C",
        location text,
        owner_type text not null default 'human'
          constraint owner_type_is_known check (owner_type in ('human', 'service', 'federated')),
        employment_type text,
        status text not null default 'active' constraint owner_status_is_known check (status in ('active', 'inactive')),
        status_changed_at timestamptz(3) not null default now(),
        manager_id uuid,
        user_id uuid,
        connector_id uuid,
        identity_id text,
        identity_key text collate "C",
        mobile_phone text,
        phone text,
        start_date date,
        end_date date,
        metadata jsonb not null default '{}',
        source_hash bytea,
        version integer not null default 1,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        deleted_at timestamptz(3),
        primary key (organization_id, id),
        constraint owner_is_not_its_own_manager check (manager_id <> id),
        constraint owner_email_has_its_key check ((email is null) = (email_key is null)),
        constraint owner_alt_email_has_its_key check ((alt_email is null) = (alt_email_key is null)),
        constraint owner_identity_has_its_key check ((identity_id is null) = (identity_key is null)),
        constraint owner_manager_exists foreign key (organization_id, manager_id) references owner (organization_id, id),
        constraint owner_user_exists foreign key (organization_id, user_id) references app_user (organization_id, id),
        constraint owner_connector_exists foreign key (organization_id, connector_id) references connector (organization_id, id)
      )`);
    this.addSql(
      `create unique index owner_email_is_unique_among_live on owner (organization_id, email_key) where deleted_at is null`,
    );
    this.addSql(
      `create unique index owner_user_is_linked_once on owner (organization_id, user_id) where user_id is not null`,
    );
    this.addSql(
      `create unique index owner_identity_is_unique_in_connector on owner (organization_id, connector_id, identity_key) where connector_id is not null`,
    );
    this.addSql(`create index owner_in_list_order on owner (organization_id, created_at, id) where deleted_at is null`);
    this.addSql(
      `create index owner_by_department on owner (organization_id, department_key, created_at, id) where deleted_at is null`,
    );
    this.addSql(
      `create index owner_by_status on owner (organization_id, status, created_at, id) where deleted_at is null`,
    );
    this.addSql(
      `create index owner_by_manager on owner (organization_id, manager_id, name_key, id) where deleted_at is null`,
    );
    this.addSql(`create index owner_by_identity on owner (organization_id, identity_key) where deleted_at is null`);
    this.addSql(`create index owner_by_alt_email on owner (organization_id, alt_email_key) where deleted_at is null`);
    this.addSql(`create index owner_name_substrings on owner using gin (name_key gin_trgm_ops)`);
    this.addSql(`create index owner_email_substrings on owner using gin (email_key gin_trgm_ops)`);

    this.addSql(`
      create table business_role (
        organization_id uuid not null constraint business_role_organization_exists references organization (id),
        id uuid not null default new_id(),
        name text not null,
        department text,
        department_key text collate "C",
        title text,
        title_key text collate "C",
        mined boolean not null default true,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, id)
      )`);
    this.addSql(
      `create unique index business_role_is_mined_once on business_role (organization_id, department_key, title_key) nulls not distinct where mined`,
    );

    this.addSql(`
      create table owner_role (
        organization_id uuid not null,
        owner_id uuid not null,
        role_id uuid not null,
        origin text not null constraint owner_role_origin_is_known check (origin in ('mined', 'assigned')),
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, owner_id, role_id),
        constraint owner_role_owner_exists foreign key (organization_id, owner_id) references owner (organization_id, id),
        constraint owner_role_role_exists foreign key (organization_id, role_id) references business_role (organization_id, id)
      )`);
    this.addSql(`create index owner_role_by_role on owner_role (organization_id, role_id)`);
  }

  override down(): void {
    for (const table of ['owner_role', 'business_role', 'owner']) this.addSql(`drop table ${table}`);
  }
}
