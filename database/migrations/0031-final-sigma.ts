import { Migration } from '@mikro-orm/migrations';

/** Folded columns that may hold the same text as often as they like. */
export const repeatable = {
  account: ['connector_name_key', 'correlation_keys', 'email_key', 'name_key', 'native_identity_key', 'owner_name_key'],
  app_user: ['display_name_key'],
  entitlement: ['name_key'],
  owner: ['alt_email_key', 'department_key', 'name_key', 'search_keys', 'title_key'],
  refused_row: ['identity_key'],
  staged_account: [
    'correlation_keys',
    'email_key',
    'identity_key',
    'name_key',
    'native_identity_key',
    'owner_email_key',
  ],
  staged_key: ['identity_key', 'manager_key', 'owner_email_key'],
} as const;

/** Folded columns that say who or what something is. */
export const distinct = {
  app_user: ['email_key', 'user_name_key'],
  application: ['name_key'],
  business_role: ['department_key', 'title_key'],
  connector: ['name_key'],
  owner: ['email_key', 'identity_key'],
  user_group: ['name_key'],
} as const;

/**
 * Greek texts end in another sigma than they have within, and a key must not depend on what follows: there is one. Where
 * that would give two the same name, the row stays as it is until somebody renames it.
 */
export class FinalSigma extends Migration {
  override up(): void {
    for (const [table, columns] of Object.entries(repeatable)) {
      this.addSql(mendAll(table, columns));
    }
    for (const [table, columns] of Object.entries(distinct)) {
      for (const column of columns) this.addSql(mendEach(table, column));
    }
  }

  /** Which sigma it was, the text itself knows; the keys of before are found by nobody. */
  override down(): void {
    return;
  }
}

const mended: Readonly<Record<string, string>> = {
  correlation_keys: `replace(correlation_keys::text, 'ς', 'σ')::text[]`,
  search_keys: `(select jsonb_object_agg(name, replace(text, 'ς', 'σ')) from jsonb_each_text(search_keys) as t (name, text))`,
};

function mendAll(table: string, columns: readonly string[]): string {
  const set = columns.map((column) => `${column} = ${mended[column] ?? `replace(${column}, 'ς', 'σ')`}`);
  const held = columns.map((column) => `${column}::text like '%ς%'`);
  return `update ${table} set ${set.join(', ')} where ${held.join(' or ')}`;
}

/** User names and e-mail addresses are one space, which no index watches over. */
const elsewhere = `not exists (
  select from app_user o
   where o.organization_id = r.organization_id and o.id <> r.id and o.deleted_at is null and r.deleted_at is null
     and found.key in (o.user_name_key, o.email_key))`;

function mendEach(table: string, column: string): string {
  return `
    do $$ declare found record; begin
      for found in select organization_id, id, replace(${column}, 'ς', 'σ') as key from ${table} where ${column} like '%ς%' order by id loop
        begin
          update ${table} r set ${column} = found.key
           where r.organization_id = found.organization_id and r.id = found.id ${table === 'app_user' ? `and ${elsewhere}` : ''};
        exception when unique_violation then
          raise notice '% % keeps its key: another has that name', '${table}', found.id;
        end;
      end loop;
    end $$`;
}
