import { Migration } from '@mikro-orm/migrations';

/** When connectors are read by the clock, and mail to those who answer for one whose runs need them. */
export class ConnectorSchedules extends Migration {
  override up(): void {
    this.addSql(`
      create table schedule (
        organization_id uuid not null,
        connector_id uuid not null,
        cron text not null,
        time_zone text not null,
        starts_at timestamptz(3),
        next_run_at timestamptz(3) not null,
        primary key (organization_id, connector_id),
        constraint schedule_connector_exists foreign key (organization_id, connector_id)
          references connector (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index schedule_due on schedule (next_run_at)`);
    this.addSql(`alter table outgoing_mail drop constraint outgoing_mail_kind_is_known`);
    this.addSql(
      `alter table outgoing_mail add constraint outgoing_mail_kind_is_known check (kind in ('invitation', 'connector'))`,
    );
  }

  override down(): void {
    this.addSql(`delete from outgoing_mail where kind = 'connector'`);
    this.addSql(`alter table outgoing_mail drop constraint outgoing_mail_kind_is_known`);
    this.addSql(`alter table outgoing_mail add constraint outgoing_mail_kind_is_known check (kind in ('invitation'))`);
    this.addSql(`drop table schedule`);
  }
}
