import { Migration } from '@mikro-orm/migrations';

/** An account that bears somebody's name leads to him, whatever letters the name is in. */
export class OwnersByName extends Migration {
  override up(): void {
    this.addSql(
      `create index if not exists owner_by_name on owner (organization_id, name_key, id) where deleted_at is null`,
    );
  }

  override down(): void {
    this.addSql(`drop index if exists owner_by_name`);
  }
}
