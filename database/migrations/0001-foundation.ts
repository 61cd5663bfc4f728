import { Migration } from '@mikro-orm/migrations';

/** The tenant, ids of our own, and what every table relies on. */
export class Foundation extends Migration {
  override up(): void {
    this.addSql(`create extension if not exists pg_trgm`);

    // UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits. uuidv7() exists in PostgreSQL 18 only.
    this.addSql(`
      create function new_id() returns uuid language sql volatile parallel safe as $$
        select encode(
          set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid
      $$`);

    this.addSql(`
      create table organization (
        id uuid primary key default new_id(),
        parent_id uuid constraint organization_parent_exists references organization (id),
        slug text not null constraint organization_slug_is_unique unique
          constraint organization_slug_is_plain check (slug ~ '^[a-z0-9]{3,32}$'),
        name text not null,
        account_type text not null default 'STANDARD'
          constraint organization_account_type_is_known check (account_type in ('STANDARD', 'MANAGED', 'TRIAL', 'DISABLED')),
        quality jsonb not null default '{}',
        account_owner_user_id uuid,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        constraint organization_is_not_its_own_parent check (parent_id <> id)
      )`);
    this.addSql(`create index organization_by_parent on organization (parent_id) where parent_id is not null`);

    this.addSql(`
      create table worker (
        id uuid primary key,
        started_at timestamptz(3) not null default now(),
        seen_at timestamptz(3) not null default now()
      )`);
  }

  override down(): void {
    this.addSql(`drop table worker`);
    this.addSql(`drop table organization`);
    this.addSql(`drop function new_id()`);
    this.addSql(`drop extension pg_trgm`);
  }
}
