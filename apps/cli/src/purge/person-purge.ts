import { serverCaller } from '@app/access';
import { AuditTrail, type PurgedEvents, purgeFromTrail, type PurgedPerson } from '@app/audit';
import { StatisticsUpkeep } from '@app/insights';
import { ConflictError, isId } from '@app/kernel';
import { type Database, statement, type Transaction } from '@app/persistence';
import { CommandError } from '../command.js';
import { organizationCalled } from '../organization-called.js';
import { actsElsewhere } from './acts-elsewhere.js';
import { eraseOwner, formerOwner } from './owner-purge.js';
import { eraseUser, forgetAsker, formerUser } from './user-purge.js';

export interface PurgeRequest {
  readonly id: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

export interface Purged {
  readonly type: 'user' | 'owner';
  /** What was erased, in numbers. */
  readonly counts: Readonly<Record<string, number>>;
  readonly events: PurgedEvents;
  /** The same human as a user or as an owner, who stays. */
  readonly other: string | null;
}

const inUse = 'The trail or the person was in use for too long: nothing was purged, try again in a quieter moment.';
const trailOwned = statement<{ owned: boolean }>(
  undefined,
  `select pg_has_role(c.relowner, 'USAGE') as owned from pg_class c
    where c.oid = 'audit_event'::regclass and $1::uuid is not null`,
);
const purgedBefore = statement<{ action: string }>(
  undefined,
  `select action from audit_event where organization_id = $1 and subject_id = $2
     and action in ('user.purged', 'owner.purged') and subject_type = split_part(action, '.', 1) limit 1`,
);

/** Erases a person on request, the trail included, in one transaction: the work of the role that owns the tables. */
export class PersonPurge {
  private readonly audit = new AuditTrail();

  constructor(private readonly database: Database) {
    new StatisticsUpkeep(database.announcements).onModuleInit();
  }

  async apply({ id: given, organization }: PurgeRequest): Promise<Purged> {
    const id = given.toLowerCase();
    if (!isId(id)) throw new CommandError(`${JSON.stringify(given)} is no id of a user or an owner.`);
    const caller = serverCaller(await organizationCalled(this.database, organization), 'system', 'ostiary purge', null);
    try {
      return await this.database.inTransaction(caller, async (tx) => {
        await requireOwnership(tx);
        return (await this.user(tx, id)) ?? (await this.owner(tx, id)) ?? (await this.again(tx, id));
      });
    } catch (error) {
      // Nothing here conflicts but over a lock.
      throw error instanceof ConflictError ? new CommandError(inUse) : error;
    }
  }

  private async user(tx: Transaction, id: string): Promise<Purged | undefined> {
    const erased = await eraseUser(tx, id);
    if (!erased) return undefined;
    const { person, counts, ownerId } = erased;
    const { asked, events } = await this.actsOf(tx, person);
    return this.purged(tx, person, { counts: { ...counts, ...asked }, events, other: ownerId });
  }

  private async owner(tx: Transaction, id: string): Promise<Purged | undefined> {
    const erased = await eraseOwner(tx, id);
    if (!erased) return undefined;
    const { person, counts, userId } = erased;
    return this.purged(tx, person, { counts, events: await purgeFromTrail(tx, person), other: userId });
  }

  private async purged(tx: Transaction, person: PurgedPerson, told: Omit<Purged, 'type'>): Promise<Purged> {
    await this.record(tx, person);
    return { type: person.type, ...told };
  }

  /** Once more does no harm, and takes out what was written of him since. */
  private async again(tx: Transaction, id: string): Promise<Purged> {
    const [before] = await tx.query(purgedBefore, [id]);
    if (!before) throw new CommandError(`There is no user and no owner ${id} in this organization.`);
    const counts = {};
    if (before.action === 'owner.purged') {
      return { type: 'owner', counts, events: await purgeFromTrail(tx, await formerOwner(tx, id)), other: null };
    }
    const { events } = await this.actsOf(tx, await formerUser(tx, id));
    return { type: 'user', counts, events, other: null };
  }

  /** What he did, here and in organizations that this one manages. Their trails tell of the purge, too. */
  private async actsOf(tx: Transaction, person: PurgedPerson) {
    const elsewhere = await actsElsewhere(tx, person.id);
    let requests = 0;
    for (const { tx: place, names } of [{ tx, names: person.names }, ...elsewhere]) {
      requests += await forgetAsker(place, person.id, names);
    }
    const places = elsewhere.map((one) => one.tx);
    const events = await purgeFromTrail(tx, person, places);
    for (const place of places) await this.record(place, person);
    return { asked: { 'files, runs and tasks asked for': requests }, events };
  }

  private async record(tx: Transaction, { type, id }: PurgedPerson): Promise<void> {
    await this.audit.record(tx, { action: `${type}.purged`, subjectType: type, subjectId: id });
  }
}

async function requireOwnership(tx: Transaction): Promise<void> {
  const [trail] = await tx.query(trailOwned);
  if (trail?.owned) return;
  throw new CommandError(
    'The role of DATABASE_URL may not change the trail: sign in as the role that owns the tables, as for "migrate".',
  );
}
