import { Migration } from '@mikro-orm/migrations';

/** As they were, and now with whatever else a first run fills. */
const refreshStatistics = (more: string) => `
  create or replace function refresh_planner_statistics() returns void language plpgsql security definer
    set search_path = public, pg_temp set default_statistics_target = 30 as $$
  begin
    analyze owner (organization_id, id, email_key, alt_email_key, identity_key, connector_id, user_id, manager_id, status, deleted_at);
    analyze account (organization_id, id, connector_id, owner_id, native_key, email_key, correlation, deleted_at,
      group_deviation, disabled);
    analyze account_entitlement;
    analyze owner_statistics (organization_id, owner_id, next_change_at);
    ${more}
  end $$`;

/** Every department with its title is a role: also of owners who are there already. And what deleting an owner looks up. */
export class MinedRoles extends Migration {
  override up(): void {
    this.addSql(refreshStatistics('analyze owner_role (organization_id, owner_id, role_id);'));
    // Few are deleted: what is kept of them costs the others nothing.
    this.addSql(
      `create index if not exists owner_deleted_by_manager on owner (organization_id, manager_id) where manager_id is not null and deleted_at is not null`,
    );
    this.addSql(
      `create index if not exists account_removed_by_owner on account (organization_id, owner_id) where owner_id is not null and deleted_at is not null`,
    );
    this.addSql(`
      insert into business_role (organization_id, name, department, department_key, title, title_key)
      select organization_id, concat_ws(' - ', department, title), department, department_key, title, title_key
        from (
          select distinct on (organization_id, department_key, title_key) organization_id, department, department_key, title, title_key
            from owner where deleted_at is null and coalesce(department_key, title_key) is not null
           order by organization_id, department_key, title_key, created_at, id) first
      on conflict (organization_id, department_key, title_key) where mined do nothing`);
    // What is null on both sides meets by plain equality, which can be hashed.
    this.addSql(`
      insert into owner_role (organization_id, owner_id, role_id, origin)
      select o.organization_id, o.id, r.id, 'mined' from owner o
        join business_role r on r.organization_id = o.organization_id and r.mined
          and coalesce(r.department_key, '') = coalesce(o.department_key, '')
          and coalesce(r.title_key, '') = coalesce(o.title_key, '')
          and (r.department_key is null) = (o.department_key is null) and (r.title_key is null) = (o.title_key is null)
       where o.deleted_at is null
      on conflict do nothing`);
  }

  override down(): void {
    this.addSql(refreshStatistics(''));
    this.addSql(`delete from owner_role where origin = 'mined'`);
    this.addSql(`delete from business_role r where r.mined and not exists (
      select from owner_role x where x.organization_id = r.organization_id and x.role_id = r.id)`);
    for (const index of ['account_removed_by_owner', 'owner_deleted_by_manager']) this.addSql(`drop index ${index}`);
  }
}
