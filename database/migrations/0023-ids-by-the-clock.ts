import { Migration } from '@mikro-orm/migrations';

/**
 * An id tells a quarter of a microsecond (RFC 9562 §6.2, method 3): events of two statements in one millisecond are told
 * in the order they were written in.
 */
export class IdsByTheClock extends Migration {
  override up(): void {
    this.addSql(`
      create or replace function new_id() returns uuid language sql volatile parallel safe as $$
        select (overlay(lpad(to_hex((date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0') placing '7' from 13 for 0)
          || right(gen_random_uuid()::text, 17))::uuid
      $$`);
  }

  override down(): void {
    this.addSql(`
      create or replace function new_id() returns uuid language sql volatile parallel safe as $$
        select encode(
          set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
            52, 1), 53, 1), 'hex')::uuid
      $$`);
  }
}
