import { Injectable, Module } from '@nestjs/common';
import type { ReadinessCheck } from './surfaces/health/readiness.js';
import { Database, systemStatement } from '@app/persistence';

const reason = 'readiness is a question about the server';

const answers = systemStatement<{ one: number }>(undefined, `select 1 as one`);
const workersSeen = systemStatement<{ seen: boolean }>(
  'readiness.worker',
  `select exists (select 1 from worker where seen_at > now() - interval '30 seconds') as seen`,
);

/** What must be true before this server takes requests. */
@Injectable()
export class Readiness {
  private migrated = false;

  constructor(private readonly database: Database) {}

  checks(): ReadinessCheck[] {
    return [
      { name: 'database', check: () => this.databaseAnswers() },
      { name: 'migrations', check: () => this.migrationsDone() },
      { name: 'worker', check: () => this.workerSeen() },
    ];
  }

  private async databaseAnswers(): Promise<boolean> {
    return (await this.database.asSystem(reason, (system) => system.query(answers))).length === 1;
  }

  private async workerSeen(): Promise<boolean> {
    const [row] = await this.database.asSystem(reason, (system) => system.query(workersSeen));
    return row?.seen === true;
  }

  /** A schema does not un-migrate under a running server, so "yes" is remembered. */
  private async migrationsDone(): Promise<boolean> {
    this.migrated ||= (await this.database.pendingMigrations()).length === 0;
    return this.migrated;
  }
}

@Module({ providers: [Readiness], exports: [Readiness] })
export class ReadinessModule {}
