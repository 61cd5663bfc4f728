import { Migration } from '@mikro-orm/migrations';

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
    this.addSql(`alter table account_co_user drop constraint account_co_user_account_exists`);
    this.addSql(`alter table account drop constraint account_pkey`);
    this.addSql(`alter table account add constraint account_pkey ${key}`);
    this.addSql(`
      alter table account_co_user add constraint account_co_user_account_exists
        foreign key (organization_id, account_id) references account (organization_id, id) on delete cascade`);
  }
}
