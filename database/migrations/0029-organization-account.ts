import { Migration } from '@mikro-orm/migrations';

const makesCategories = (organization: string) => `
  insert into organization_category (organization_id, name, place)
  select ${organization}, c.name, c.place from (values ('Maintenance', 0), ('Operations', 1), ('Critical', 2)) c (name, place)`;

/** The organization as an account: its categories and limits, who invites with a key, and mail about its administrators. */
export class OrganizationAccount extends Migration {
  override up(): void {
    this.addSql(`
      create table organization_category (
        organization_id uuid not null constraint organization_category_organization_exists
          references organization (id) on delete cascade,
        id uuid not null default new_id(),
        name text not null constraint organization_category_has_a_name check (name <> ''),
        place integer not null constraint organization_category_place_is_counted_from_zero check (place >= 0),
        primary key (organization_id, id)
      )`);
    this.addSql(
      `create unique index organization_category_place_is_unique on organization_category (organization_id, place)`,
    );
    // Whoever makes an organization, it has them from the start.
    this.addSql(`
      create function give_organization_categories() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        ${makesCategories('new.id')};
        return null;
      end $$`);
    this.addSql(`
      create trigger organization_has_categories after insert on organization for each row
        execute function give_organization_categories()`);
    this.addSql(`${makesCategories('o.id')} cross join organization o`);

    // What it may use; null: as much as it likes.
    this.addSql(`
      alter table organization
        add column source_limit numeric(12, 4)
          constraint organization_source_limit_is_no_debt check (source_limit >= 0),
        add column sms_limit integer constraint organization_sms_limit_is_no_debt check (sms_limit >= 0)`);

    // No foreign key: a key that is gone leaves an invitation that is worth nothing, and says so.
    this.addSql(`
      alter table invitation
        alter column created_by drop not null,
        add column created_by_key uuid,
        add constraint invitation_has_one_maker check (num_nonnulls(created_by, created_by_key) = 1)`);

    this.keepMail(`'invitation', 'connector', 'administrator'`);
  }

  override down(): void {
    this.addSql(`delete from outgoing_mail where kind = 'administrator'`);
    this.keepMail(`'invitation', 'connector'`);
    this.addSql(`delete from invitation where created_by is null`);
    this.addSql(`alter table invitation drop column created_by_key, alter column created_by set not null`);
    this.addSql(`alter table organization drop column source_limit, drop column sms_limit`);
    this.addSql(`drop trigger organization_has_categories on organization`);
    this.addSql(`drop function give_organization_categories()`);
    this.addSql(`drop table organization_category`);
  }

  private keepMail(kinds: string): void {
    this.addSql(`alter table outgoing_mail drop constraint outgoing_mail_kind_is_known`);
    this.addSql(`alter table outgoing_mail add constraint outgoing_mail_kind_is_known check (kind in (${kinds}))`);
  }
}
