import { Migration } from '@mikro-orm/migrations';

/** What few accounts are, or few have: each is found, and sorted to its end of a list, without walking past the others. */
const rare = {
  manual: `correlation = 'manual'`,
  provisioned: `origin = 'PROVISIONED'`,
  without_entitlements: 'entitlement_count = 0',
  of_inactive_owner: `owner_state = 'inactive'`,
};

/** Every order of a list that no index had yet. */
export class AccountLists extends Migration {
  override up(): void {
    this.addSql(
      `create index if not exists account_by_owner_name on account (organization_id, owner_name_key, id) where deleted_at is null`,
    );
    this.addSql(
      `create index if not exists account_by_entitlement_count on account (organization_id, entitlement_count, id) where deleted_at is null`,
    );
    this.addSql(
      `create index if not exists account_by_uuid on account (organization_id, (uuid collate "C"), id) where deleted_at is null and uuid is not null`,
    );
    for (const [name, condition] of Object.entries(rare)) {
      this.addSql(
        `create index if not exists account_${name} on account (organization_id, id) where deleted_at is null and ${condition}`,
      );
    }
  }

  override down(): void {
    for (const name of [...Object.keys(rare), 'by_uuid', 'by_entitlement_count', 'by_owner_name']) {
      this.addSql(`drop index account_${name}`);
    }
  }
}
