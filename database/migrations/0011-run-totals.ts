import { Migration } from '@mikro-orm/migrations';

/** What all runs of the server came to: counted where a run ends, so that nobody has to read the runs to know. */
export class RunTotals extends Migration {
  override up(): void {
    this.addSql(`
      create table run_total (
        outcome text primary key
          constraint run_total_outcome_is_known check (outcome in ('succeeded', 'failed', 'cancelled')),
        runs bigint not null default 0,
        rows_read bigint not null default 0,
        rows_refused bigint not null default 0,
        rows_applied bigint not null default 0,
        last_rows_per_second double precision not null default 0
      )`);
    this.addSql(`insert into run_total (outcome) values ('succeeded'), ('failed'), ('cancelled')`);
    this.addSql(`
      update run_total t set runs = r.runs, rows_read = r.rows_read, rows_refused = r.rows_refused, rows_applied = r.rows_applied
        from (select state, count(*) as runs, sum(rows_read) as rows_read, sum(rows_refused) as rows_refused,
                sum(rows_applied) as rows_applied
                from sync_run where finished_at is not null group by state) r
       where r.state = t.outcome`);

    this.addSql(`
      create function count_finished_run() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        update run_total set runs = runs + 1, rows_read = rows_read + new.rows_read,
            rows_refused = rows_refused + new.rows_refused, rows_applied = rows_applied + new.rows_applied,
            last_rows_per_second = new.rows_read / greatest(0.001, extract(epoch from new.finished_at - new.started_at))
          where outcome = new.state;
        return null;
      end $$`);
    this.addSql(`
      create trigger sync_run_is_counted_when_it_ends after update of state on sync_run
        for each row when (old.finished_at is null and new.finished_at is not null)
        execute function count_finished_run()`);
    this.addSql(
      `create index sync_run_unfinished on sync_run (state) where state in ('queued', 'running', 'paused', 'needs_confirmation')`,
    );
  }

  override down(): void {
    this.addSql(`drop index sync_run_unfinished`);
    this.addSql(`drop trigger sync_run_is_counted_when_it_ends on sync_run`);
    this.addSql(`drop function count_finished_run()`);
    this.addSql(`drop table run_total`);
  }
}
