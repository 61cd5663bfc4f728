import { Migration } from '@mikro-orm/migrations';

/** Mail on its way: its text is sealed, and gone as soon as it is not waiting any more. */
export class OutgoingMail extends Migration {
  override up(): void {
    this.addSql(`
      create table outgoing_mail (
        organization_id uuid not null constraint outgoing_mail_organization_exists references organization (id),
        id uuid not null default new_id(),
        user_id uuid not null,
        kind text not null constraint outgoing_mail_kind_is_known check (kind in ('invitation')),
        recipient text not null,
        subject text not null,
        sealed_text text,
        state text not null default 'waiting' constraint outgoing_mail_state_is_known
          check (state in ('waiting', 'sent', 'logged', 'failed', 'withdrawn')),
        attempts integer not null default 0,
        last_error text,
        created_at timestamptz(3) not null default now(),
        valid_until timestamptz(3) not null,
        settled_at timestamptz(3),
        primary key (organization_id, id),
        constraint outgoing_mail_has_text_while_it_waits check ((state = 'waiting') = (sealed_text is not null)),
        constraint outgoing_mail_is_settled_or_waits check ((state = 'waiting') = (settled_at is null)),
        constraint outgoing_mail_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index outgoing_mail_by_user on outgoing_mail (organization_id, user_id)`);
    this.addSql(`create index outgoing_mail_by_validity on outgoing_mail (valid_until) where state = 'waiting'`);
    this.addSql(`create index outgoing_mail_by_end on outgoing_mail (settled_at) where settled_at is not null`);
  }

  override down(): void {
    this.addSql(`drop table outgoing_mail`);
  }
}
