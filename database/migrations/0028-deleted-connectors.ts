import { Migration } from '@mikro-orm/migrations';

const named = { application: 'name_key', connector: 'application_id, name_key' };

/** Connectors and applications that are deleted leave their names to others; applications have owners. */
export class DeletedConnectors extends Migration {
  override up(): void {
    for (const [table, columns] of Object.entries(named)) {
      this.addSql(`alter table ${table} add column deleted_at timestamptz(3)`);
      this.addSql(`drop index ${table}_name_is_unique`);
      this.addSql(
        `create unique index ${table}_name_is_unique on ${table} (organization_id, ${columns}) where deleted_at is null`,
      );
    }
    // Lists of what connectors have look past that of these few.
    this.addSql(`create index connector_deleted on connector (organization_id, id) where deleted_at is not null`);
    this.addSql(`
      create table application_owner (
        organization_id uuid not null,
        application_id uuid not null,
        user_id uuid not null,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, application_id, user_id),
        constraint application_owner_application_exists foreign key (organization_id, application_id)
          references application (organization_id, id) on delete cascade,
        constraint application_owner_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index application_owner_by_user on application_owner (organization_id, user_id)`);
  }

  override down(): void {
    this.addSql(`drop table application_owner`);
    this.addSql(`drop index connector_deleted`);
    for (const [table, columns] of Object.entries(named)) {
      // What was deleted is there again, under a name that nobody has taken meanwhile.
      this.addSql(
        `update ${table} set name = name || ' ' || id, name_key = name_key || ' ' || id where deleted_at is not null`,
      );
      this.addSql(`drop index ${table}_name_is_unique`);
      this.addSql(`create unique index ${table}_name_is_unique on ${table} (organization_id, ${columns})`);
      this.addSql(`alter table ${table} drop column deleted_at`);
    }
  }
}
