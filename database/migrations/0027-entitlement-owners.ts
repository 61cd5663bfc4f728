import { Migration } from '@mikro-orm/migrations';

/** A connector can be owned by whoever holds a right on some system, beside users who are named. */
export class EntitlementOwners extends Migration {
  override up(): void {
    this.addSql(`
      create table connector_entitlement_owner (
        organization_id uuid not null,
        connector_id uuid not null,
        role_slug text not null constraint connector_entitlement_owner_role_slug_is_plain check (role_slug ~ '^[a-z0-9_-]{1,64}$'),
        entitlement_id uuid not null,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, connector_id, role_slug, entitlement_id),
        constraint connector_entitlement_owner_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade,
        constraint connector_entitlement_owner_entitlement_exists foreign key (organization_id, entitlement_id)
          references entitlement (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create index connector_entitlement_owner_by_entitlement on connector_entitlement_owner (organization_id, entitlement_id)`,
    );
  }

  override down(): void {
    this.addSql(`drop table connector_entitlement_owner`);
  }
}
