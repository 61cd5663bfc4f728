import { Migration } from '@mikro-orm/migrations';

/** A session remembers its present refresh token and what all of its tokens begin with, instead of a row for each renewal. */
export class RefreshTokens extends Migration {
  override up(): void {
    this.addSql(`
      alter table session
        add column refresh_family_hash bytea,
        add column refresh_hash bytea,
        add constraint session_refresh_is_complete check ((refresh_family_hash is null) = (refresh_hash is null))`);
    // A token that was given before is a beginning with nothing behind it, and stays good for its one use.
    this.addSql(`
      update session s set refresh_family_hash = t.token_hash, refresh_hash = sha256('')
        from refresh_token t
       where t.organization_id = s.organization_id and t.session_id = s.id and t.used_at is null`);
    this.addSql(`
      create unique index session_refresh_family_is_unique on session (refresh_family_hash)
        where refresh_family_hash is not null`);
    this.addSql(`drop table refresh_token`);
    // However many of a user's sessions have ended, those that have not are found without a look at them.
    this.addSql(`
      create index session_open_by_user on session (organization_id, user_id, created_at desc, id desc)
        where revoked_at is null`);
  }

  /** Whoever is signed in signs in anew when the access token has run out. */
  override down(): void {
    this.addSql(`drop index session_open_by_user`);
    this.addSql(`
      create table refresh_token (
        organization_id uuid not null,
        id uuid not null default new_id(),
        session_id uuid not null,
        token_hash bytea not null constraint refresh_token_is_unique unique,
        created_at timestamptz(3) not null default now(),
        used_at timestamptz(3),
        primary key (organization_id, id),
        constraint refresh_token_session_exists foreign key (organization_id, session_id)
          references session (organization_id, id) on delete cascade
      )`);
    this.addSql(`create index refresh_token_by_session on refresh_token (organization_id, session_id)`);
    this.addSql(`drop index session_refresh_family_is_unique`);
    this.addSql(`
      alter table session
        drop constraint session_refresh_is_complete, drop column refresh_family_hash, drop column refresh_hash`);
  }
}
