import { Migration } from '@mikro-orm/migrations';

/** By what people are called: `alias` is their id at the source, else their mail box, else our id. */
const owners = {
  name: 'name_key',
  alias: `(coalesce(identity_key, split_part(email_key, '@', 1), id::text))`,
  first_word: `(split_part(name_key, ' ', 1))`,
  last_word: `(split_part(name_key, ' ', -1))`,
  state: 'status',
};
const entitlements = {
  name: 'name_key',
  value: '(value collate "C")',
  created: 'created_at',
  modified: 'modified_at',
  connector: 'connector_id',
};

/** The orders and the prefixes by which people and entitlements are listed. */
export class PeopleAndRights extends Migration {
  override up(): void {
    for (const [name, column] of Object.entries(owners)) {
      this.addSql(
        `create index if not exists owner_by_${name} on owner (organization_id, ${column}, id) where deleted_at is null`,
      );
    }
    // Lists show those an authoritative connector knows unless they are asked for all.
    this.addSql(
      `create index if not exists owner_correlated on owner (organization_id, id) where connector_id is not null and deleted_at is null`,
    );
    for (const [name, column] of Object.entries(entitlements)) {
      this.addSql(`create index if not exists entitlement_by_${name} on entitlement (organization_id, ${column}, id)`);
    }
  }

  override down(): void {
    for (const name of Object.keys(entitlements)) this.addSql(`drop index entitlement_by_${name}`);
    for (const name of ['correlated', ...Object.keys(owners).map((by) => `by_${by}`)]) {
      this.addSql(`drop index owner_${name}`);
    }
  }
}
