import { Migration } from '@mikro-orm/migrations';

/** Who users are at the OpenID Connect providers they sign in at. */
export class SignInElsewhere extends Migration {
  override up(): void {
    this.addSql(`
      create table external_identity (
        organization_id uuid not null,
        issuer text collate "C" not null,
        subject text collate "C" not null,
        user_id uuid not null,
        created_at timestamptz(3) not null default now(),
        last_used_at timestamptz(3),
        primary key (organization_id, issuer, subject),
        constraint external_identity_is_one_an_issuer unique (organization_id, user_id, issuer),
        constraint external_identity_user_exists foreign key (organization_id, user_id)
          references app_user (organization_id, id) on delete cascade
      )`);
  }

  override down(): void {
    this.addSql(`drop table external_identity`);
  }
}
