import { Migration } from '@mikro-orm/migrations';

/** Whoever administers an organization that manages another invites there too, although he is no user of it. */
export class ManagedOrganizations extends Migration {
  override up(): void {
    // No foreign key: a manager who is gone leaves an invitation that is worth nothing, and says so.
    this.addSql(`
      alter table invitation
        add column created_by_manager uuid,
        drop constraint invitation_has_one_maker,
        add constraint invitation_has_one_maker check (num_nonnulls(created_by, created_by_key, created_by_manager) = 1)`);
  }

  override down(): void {
    this.addSql(`delete from invitation where created_by_manager is not null`);
    this.addSql(`
      alter table invitation
        drop constraint invitation_has_one_maker,
        drop column created_by_manager,
        add constraint invitation_has_one_maker check (num_nonnulls(created_by, created_by_key) = 1)`);
  }
}
