import { Migration } from '@mikro-orm/migrations';

/**
 * Whoever holds a role in two ways is told so twice, and only who asks for a list of roles makes them distinct: to sort
 * out doubles within the view cost each user of a page more than to find his roles.
 */
export class PlainUserRoles extends Migration {
  override up(): void {
    this.addSql(viewOf('union all'));
    this.addSql(rolesOf('select distinct'));
  }

  override down(): void {
    this.addSql(viewOf('union'));
    this.addSql(rolesOf('select'));
  }
}

function viewOf(union: string): string {
  return `
    create or replace view user_role as
      select r.organization_id, r.user_id, r.role from role_assignment r where r.user_id is not null
      ${union}
      select m.organization_id, m.user_id, r.role from membership m
        join role_assignment r on r.organization_id = m.organization_id and r.group_id = m.group_id
       where m.user_id is not null
      ${union}
      select m.organization_id, m.user_id, r.role from membership m
        join group_closure c on c.organization_id = m.organization_id and c.descendant_id = m.group_id
        join role_assignment r on r.organization_id = c.organization_id and r.group_id = c.ancestor_id
       where m.user_id is not null
      ${union}
      select g.id, g.account_owner_user_id, 'Administrator' from organization g where g.account_owner_user_id is not null`;
}

function rolesOf(select: string): string {
  return `
    create or replace function roles_of(organization uuid, person uuid) returns text[] language sql stable as $$
      select array(${select} h.role from user_role h where h.organization_id = organization and h.user_id = person)
    $$`;
}
