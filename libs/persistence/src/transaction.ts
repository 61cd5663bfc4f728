import { CompiledQuery } from 'kysely';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '@app/access';
import type { DomainEvent } from '@app/kernel';
import { domainErrorFrom } from './database-errors.js';
import type { Statement } from './statement.js';

interface RawResult {
  readonly rows: unknown[];
  readonly numAffectedRows?: bigint;
}

/** Of each of its statements; longer than any request is waited for. */
const longWorkMs = 120_000;

/** One unit of work in one organization. Entities through `em`, sets of rows through statements. */
export class Transaction {
  readonly announced: DomainEvent[] = [];
  readonly afterCommit: (() => void)[] = [];
  private readonly lastWork: (() => Promise<void>)[] = [];

  constructor(
    readonly em: EntityManager,
    readonly caller: Caller,
  ) {}

  get organizationId(): string {
    return this.caller.organizationId;
  }

  /** Writes pending entity changes first, so that the statement sees them. */
  async query<Row>(statement: Statement<Row>, values: readonly unknown[] = []): Promise<Row[]> {
    await this.em.flush();
    try {
      const { rows } = await this.run(statement.text, [this.organizationId, ...values], statement.name);
      return rows as Row[];
    } catch (error) {
      throw domainErrorFrom(error, statement.text);
    }
  }

  /** Like `query`, for statements of which only the number of touched rows matters. */
  async execute(statement: Statement<never>, values: readonly unknown[] = []): Promise<number> {
    await this.em.flush();
    try {
      const { numAffectedRows } = await this.run(statement.text, [this.organizationId, ...values], statement.name);
      return Number(numAffectedRows ?? 0);
    } catch (error) {
      throw domainErrorFrom(error, statement.text);
    }
  }

  /** Raw text inside this transaction, for the job queue's own tables; with a name it is prepared by the connection. */
  async run(text: string, values: readonly unknown[], name?: string): Promise<RawResult> {
    const context = this.em.getTransactionContext();
    if (!context) throw new Error('the transaction is over');
    // What stands for the text goes to the driver as it is, and the driver takes a named statement there too.
    const sent = name === undefined ? text : ({ name, text } as unknown as string);
    return context.executeQuery(CompiledQuery.raw(sent, [...values])) as Promise<RawResult>;
  }

  /**
   * For work on one record that grows with what hangs on it: within the time of a request it could never be done. For a
   * lock nobody waits longer.
   */
  async takeLong(): Promise<void> {
    await this.run(`set local statement_timeout = ${longWorkMs}`, []);
  }

  /** Work to be done when everything else is, what was announced included: what others wait for is held for a moment only. */
  beforeCommit(work: () => Promise<void>): void {
    this.lastWork.push(work);
  }

  async finish(): Promise<void> {
    for (const work of this.lastWork) await work();
  }

  /** The same unit of work, with another as the one who acts: whose a sign-in is shows only on the way. */
  actingAs(caller: Caller): Transaction {
    if (caller.organizationId !== this.organizationId) throw new Error('a transaction stays in its organization');
    return Object.assign(Object.create(Transaction.prototype) as Transaction, this, { caller });
  }

  /**
   * The same unit of work in another organization, for what concerns both that and the one that manages it. By statements
   * alone, for entities are held to the first; who hears of what happens there listens in the first as well. Its callers
   * are listed in one test.
   */
  elsewhere(caller: Caller): Transaction {
    const announce = (): never => {
      throw new Error('what is announced is heard in the organization of the transaction');
    };
    return Object.assign(Object.create(Transaction.prototype) as Transaction, this, { caller, announce });
  }

  announce(event: DomainEvent): void {
    this.announced.push(event);
  }
}
