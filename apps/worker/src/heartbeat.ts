import { Injectable, Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { newId } from '@app/kernel';
import { Database, systemStatement } from '@app/persistence';

const reason = 'a worker tells that it is there';
const everyMs = 5_000;

const beat = systemStatement<never>(
  undefined,
  `insert into worker (id) values ($1) on conflict (id) do update set seen_at = now()`,
);
const forget = systemStatement<never>(
  undefined,
  `delete from worker where id = $1 or seen_at < now() - interval '1 day'`,
);

/** Keeps this worker's row fresh, so that every server can say whether anybody does the work. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Heartbeat.name);
  private readonly id = newId();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.beat();
    this.timer = setInterval(() => {
      this.beat().catch((error: unknown) => this.logger.warn(`heartbeat: ${String(error)}`));
    }, everyMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.database.asSystem(reason, (system) => system.query(forget, [this.id]));
  }

  private async beat(): Promise<void> {
    await this.database.asSystem(reason, (system) => system.query(beat, [this.id]));
  }
}
