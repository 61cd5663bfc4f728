import { Migration } from '@mikro-orm/migrations';

/**
 * An event has the time it was written at. A transaction that waited for another began before what that one did, and the
 * trail would tell the two the wrong way round.
 */
export class EventsByTheClock extends Migration {
  override up(): void {
    this.addSql(`alter table audit_event alter column at set default clock_timestamp()`);
  }

  override down(): void {
    this.addSql(`alter table audit_event alter column at set default now()`);
  }
}
