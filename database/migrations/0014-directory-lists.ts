import { Migration } from '@mikro-orm/migrations';

const live = 'where deleted_at is null';
const userOrders = ['user_name_key', 'display_name_key', 'created_at', 'updated_at'];
const groupOrders = ['name_key', 'created_at', 'updated_at'];
/** What few users are: each is found without walking past the many who are not. */
const rareUsers = {
  inactive: 'not active',
  external: 'external_id is not null',
  system: 'system',
  invited: 'invitation_pending',
};
const substrings = { app_user: ['user_name_key', 'display_name_key', 'email_key'], user_group: ['name_key'] };

/** Every order of the directory's lists is an index, their totals are kept, and what a deleted user was in is remembered. */
export class DirectoryLists extends Migration {
  override up(): void {
    for (const column of userOrders) {
      this.addSql(`create index app_user_by_${column} on app_user (organization_id, ${column}, id) ${live}`);
    }
    for (const [name, condition] of Object.entries(rareUsers)) {
      this.addSql(
        `create index app_user_${name} on app_user (organization_id, user_name_key, id) ${live} and ${condition}`,
      );
    }
    this.addSql(
      `create index app_user_deleted on app_user (organization_id, user_name_key, id) where deleted_at is not null`,
    );
    this.addSql(
      `create index login_attempt_locked on login_attempt (organization_id, locked_until, user_id) where locked_until is not null`,
    );
    for (const column of groupOrders) {
      this.addSql(
        `create index user_group_by_${column} on user_group (organization_id, ${column}, id) where kind = 'directory'`,
      );
    }
    for (const [table, columns] of Object.entries(substrings)) {
      for (const column of columns) {
        this.addSql(`create index ${table}_${column}_substrings on ${table} using gin (${column} gin_trgm_ops)`);
      }
    }

    // Groups may be nested so that the ways between two of them outgrow any fixed width.
    this.addSql(`alter table group_closure alter column paths type numeric`);

    this.addSql(`
      create table former_membership (
        organization_id uuid not null,
        user_id uuid not null,
        group_id uuid not null,
        primary key (organization_id, user_id, group_id),
        constraint former_membership_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade,
        constraint former_membership_group_exists foreign key (organization_id, group_id)
          references user_group (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index former_membership_by_group on former_membership (organization_id, group_id)`);

    this.createTally();
  }

  override down(): void {
    for (const table of ['app_user', 'user_group']) {
      for (const event of ['added', 'changed', 'removed']) this.addSql(`drop trigger ${table}_${event} on ${table}`);
      this.addSql(`drop function tally_${table}()`);
    }
    this.addSql(`drop table directory_tally`);
    this.addSql(`drop table former_membership`);
    this.addSql(`alter table group_closure alter column paths type integer`);
    for (const [table, columns] of Object.entries(substrings)) {
      for (const column of columns) this.addSql(`drop index ${table}_${column}_substrings`);
    }
    for (const column of groupOrders) this.addSql(`drop index user_group_by_${column}`);
    this.addSql(`drop index login_attempt_locked`);
    for (const name of ['deleted', ...Object.keys(rareUsers)]) this.addSql(`drop index app_user_${name}`);
    for (const column of userOrders) this.addSql(`drop index app_user_by_${column}`);
  }

  /** Signed differences, as of accounts: a job folds them, the sum is exact at any moment, whoever writes. */
  private createTally(): void {
    this.addSql(`
      create table directory_tally (
        organization_id uuid not null constraint directory_tally_organization_exists references organization (id),
        id bigint generated always as identity,
        kind text not null constraint directory_tally_kind_is_known check (kind in ('user', 'group')),
        deleted boolean not null,
        active boolean not null,
        system boolean not null,
        external boolean not null,
        invited boolean not null,
        delta bigint not null,
        primary key (organization_id, id)
      )`);
    this.addSql(`
      create index directory_tally_by_filter on directory_tally
        (organization_id, kind, deleted, active, system, external, invited) include (delta)`);
    this.tallied('app_user', {
      counted: 'true',
      key: `'user', r.deleted_at is not null, r.active, r.system, r.external_id is not null, r.invitation_pending`,
      columns: ['deleted_at', 'active', 'system', 'external_id', 'invitation_pending'],
    });
    this.tallied('user_group', {
      counted: `r.kind = 'directory'`,
      key: `'group', false, true, r.system, r.external_id is not null, false`,
      columns: ['kind', 'system', 'external_id'],
    });
  }

  private tallied(table: string, { counted, key, columns }: { counted: string; key: string; columns: string[] }): void {
    const names = 'organization_id, kind, deleted, active, system, external, invited';
    const sumOf = (rows: string, sign: string) => `
      insert into directory_tally (${names}, delta)
      select r.organization_id, ${key}, ${sign} count(*) from ${rows} r where ${counted} group by 1, 2, 3, 4, 5, 6, 7`;
    this.addSql(sumOf(table, ''));
    this.addSql(`
      create function tally_${table}() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        if tg_op = 'INSERT' then ${sumOf('added', '')};
        elsif tg_op = 'DELETE' then ${sumOf('removed', '-')};
        else ${sumOf('(select old.*)', '-')}; ${sumOf('(select new.*)', '')};
        end if;
        return null;
      end $$`);
    this.addSql(`
      create trigger ${table}_added after insert on ${table} referencing new table as added
        for each statement execute function tally_${table}()`);
    this.addSql(`
      create trigger ${table}_removed after delete on ${table} referencing old table as removed
        for each statement execute function tally_${table}()`);
    const row = (of: string) => `(${columns.map((column) => `${of}.${column}`).join(', ')})`;
    this.addSql(`
      create trigger ${table}_changed after update on ${table} for each row
        when (${row('old')} is distinct from ${row('new')}) execute function tally_${table}()`);
  }
}
