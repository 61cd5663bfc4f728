import { Migration } from '@mikro-orm/migrations';

const references = [
  { table: 'account_co_user', constraint: 'account_co_user_account_exists' },
  { table: 'account_entitlement', constraint: 'account_entitlement_account_exists' },
];
const orders = ['name_key', 'created_at', 'modified_at'];

/** Every order of a list is an index, for all accounts, for those of a connector and for those nobody owns. */
export class AccountIndexes extends Migration {
  override up(): void {
    // Two indexes by id were one too many: the key, told who is deleted, also serves lists without looking at a row.
    this.replaceKey('primary key (organization_id, id) include (deleted_at)');
    this.addSql(`drop index account_by_id`);

    for (const column of orders) {
      this.addSql(
        `create index account_by_connector_and_${column} on account (organization_id, connector_id, ${column}, id) where deleted_at is null`,
      );
      this.addSql(
        `create index account_unowned_by_${column} on account (organization_id, ${column}, id) where owner_id is null and deleted_at is null`,
      );
    }
    this.addSql(
      `create index account_unowned_by_id on account (organization_id, id) where owner_id is null and deleted_at is null`,
    );
  }

  override down(): void {
    this.addSql(`drop index account_unowned_by_id`);
    for (const column of orders) {
      this.addSql(`drop index account_unowned_by_${column}`);
      this.addSql(`drop index account_by_connector_and_${column}`);
    }
    this.addSql(`create index account_by_id on account (organization_id, id) where deleted_at is null`);
    this.replaceKey('primary key (organization_id, id)');
  }

  /** What refers to the key is taken off and put on again. */
  private replaceKey(key: string): void {
    for (const { table, constraint } of references) this.addSql(`alter table ${table} drop constraint ${constraint}`);
    this.addSql(`alter table account drop constraint account_pkey`);
    this.addSql(`alter table account add constraint account_pkey ${key}`);
    for (const { table, constraint } of references) {
      this.addSql(`alter table ${table} add constraint ${constraint}
        foreign key (organization_id, account_id) references account (organization_id, id) on delete cascade`);
    }
  }
}
