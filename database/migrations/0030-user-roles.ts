import { Migration } from '@mikro-orm/migrations';

/**
 * The roles of many users at once: a view is planned with what asks for it, while a function runs for each user anew.
 * Whoever answers for the account of an organization is an Administrator of it by that alone.
 */
export class UserRoles extends Migration {
  override up(): void {
    this.addSql(`
      create view user_role as
        select r.organization_id, r.user_id, r.role from role_assignment r where r.user_id is not null
        union
        select m.organization_id, m.user_id, r.role from membership m
          join role_assignment r on r.organization_id = m.organization_id and r.group_id = m.group_id
         where m.user_id is not null
        union
        select m.organization_id, m.user_id, r.role from membership m
          join group_closure c on c.organization_id = m.organization_id and c.descendant_id = m.group_id
          join role_assignment r on r.organization_id = c.organization_id and r.group_id = c.ancestor_id
         where m.user_id is not null
        union
        select g.id, g.account_owner_user_id, 'Administrator' from organization g where g.account_owner_user_id is not null`);
    this.addSql(`
      create or replace function roles_of(organization uuid, person uuid) returns text[] language sql stable as $$
        select array(select h.role from user_role h where h.organization_id = organization and h.user_id = person)
      $$`);
  }

  override down(): void {
    this.addSql(`
      create or replace function roles_of(organization uuid, person uuid) returns text[] language sql stable as $$
        select array(
          select r.role from role_assignment r where r.organization_id = organization and r.user_id = person
          union
          select r.role from membership m
            join role_assignment r on r.organization_id = organization and r.group_id = m.group_id
           where m.organization_id = organization and m.user_id = person
          union
          select r.role from membership m
            join group_closure c on c.organization_id = organization and c.descendant_id = m.group_id
            join role_assignment r on r.organization_id = organization and r.group_id = c.ancestor_id
           where m.organization_id = organization and m.user_id = person)
      $$`);
    this.addSql('drop view user_role');
  }
}
