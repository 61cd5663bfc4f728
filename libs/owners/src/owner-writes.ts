import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { ConflictError, InvalidError, isId, newId, NotFoundError } from '@app/kernel';
import {
  changedMeanwhile,
  Database,
  statement,
  type Statement,
  type Transaction,
  violatedUnique,
} from '@app/persistence';
import { lockManagers, requireManager } from './manager-tree.js';
import { released } from './owner-links.js';
import {
  changedProfile,
  documentOf,
  fieldsThatDiffer,
  type OwnerChanges,
  type OwnerProfile,
  pick,
  profileColumns,
  profileOf,
  profileValues,
  unknownOwner,
} from './owner-profile.js';
import { type OwnerRecord, recordColumns } from './owner-rows.js';
import { absentMark } from './source-marks.js';
import { ownerUpdatedNow } from './updated-at.js';

type HeldOwner = OwnerRecord & { readonly deleted: boolean; readonly user_id: string | null };
type LiveOwner = Omit<HeldOwner, 'deleted'>;

const find = statement<HeldOwner>(
  'owner.find-to-write',
  `select ${recordColumns('o')}, o.deleted_at is not null as deleted, o.user_id from owner o
    where o.organization_id = $1 and o.id = $2`,
);
/** After his accounts, if they are to be written too: see `foretell`. */
const hold = statement<HeldOwner>('owner.hold', `${find.text} for no key update`);
const holdAll = statement<{ id: string }>(
  undefined,
  `select o.id from owner o where o.organization_id = $1 and o.id = any($2::uuid[]) order by o.id for no key update`,
);
const places = profileColumns.map((_, i) => `$${i + 3}`);
const placeOf = (column: string) => places[profileColumns.indexOf(column)]!;
const insert = statement<OwnerRecord>(
  'owner.insert',
  `insert into owner (organization_id, id, ${profileColumns.join(', ')}) values ($1, $2, ${places.join(', ')})
   returning ${recordColumns('owner')}`,
);
/** A status that a person sets is no run's any more to take back. */
const update = statement<OwnerRecord>(
  'owner.update',
  `update owner o set ${profileColumns.map((column) => `${column} = ${placeOf(column)}`).join(', ')}, version = o.version + 1,
      status_changed_at = case when o.status = ${placeOf('status')} then o.status_changed_at else ${ownerUpdatedNow} end,
      source_hash = case when o.status = ${placeOf('status')} then o.source_hash else nullif(o.source_hash, ${absentMark}) end,
      updated_at = ${ownerUpdatedNow}
    where o.organization_id = $1 and o.id = $2 returning ${recordColumns('o')}`,
);
/** Deleted ones too, who may come back. They stay while the tree of managers is locked. */
const findReports = statement<{ id: string }>(
  'owner.find-reports',
  `select r.id from owner r where r.organization_id = $1 and r.manager_id = $2 and r.deleted_at is null
   union all
   select r.id from owner r where r.organization_id = $1 and r.manager_id = $2 and r.deleted_at is not null`,
);
const releaseReports = statement<never>(
  'owner.release-reports',
  `update owner o set manager_id = null, version = o.version + 1, updated_at = ${ownerUpdatedNow}
    where o.organization_id = $1 and o.id = any($2::uuid[])`,
);
const remove = statement<never>(
  'owner.delete',
  `update owner o set deleted_at = ${ownerUpdatedNow}, user_id = null, version = o.version + 1, updated_at = ${ownerUpdatedNow}
    where o.organization_id = $1 and o.id = $2`,
);
const bringBack = statement<OwnerRecord>(
  'owner.restore',
  `update owner o set deleted_at = null, version = o.version + 1, updated_at = ${ownerUpdatedNow}
    where o.organization_id = $1 and o.id = $2 returning ${recordColumns('o')}`,
);

/** Makes, changes, deletes and restores owners, each in one transaction with its events in the trail. */
@Injectable()
export class OwnerWrites {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Accounts with his address stay nobody's until a run finds him. */
  async create(caller: Caller, draft: OwnerChanges & Pick<OwnerProfile, 'name'>): Promise<OwnerRecord> {
    const profile = changedProfile(unknownOwner, draft);
    const id = newId();
    return this.database.inTransaction(caller, async (tx) => {
      if (profile.manager_id !== null) {
        await lockManagers(tx);
        await requireManager(tx, id, profile.manager_id);
      }
      const owner = await written(tx, insert, [id, ...profileValues(profile)]);
      await this.audit.recordAll(tx, [
        { ...event('owner.created', id), after: documentOf(profile) },
        ...managerChange(id, null, profile.manager_id),
      ]);
      tx.announce({ kind: 'owner.changed', ids: [id] });
      return owner;
    });
  }

  /** Without a change nothing is written. */
  async change(caller: Caller, id: string, changes: OwnerChanges): Promise<OwnerRecord> {
    return this.database.inTransaction(caller, async (tx) => {
      if (changes.manager_id !== undefined) await lockManagers(tx);
      const found = live(await this.find(tx, id));
      if (!found) throw refusedUnknown(changes);
      const repeated = isRepeated(profileOf(found), changedProfile(profileOf(found), changes));
      const owner = await (repeated ? this.holdRepeated(tx, found.id) : this.hold(tx, found.id));
      const now = profileOf(owner);
      const next = changedProfile(now, changes);
      const fields = fieldsThatDiffer(now, next);
      if (fields.length === 0) return owner;
      if (owner.source_id !== null && fields.includes('identity_id')) {
        // By it runs know him again: with another he would be absent, and somebody else made in his place.
        throw InvalidError.field(
          'identity_id',
          'identity_id is what the source calls this owner: it is not changed here.',
        );
      }
      if (!repeated && isRepeated(now, next)) throw changedMeanwhile();

      if (next.manager_id !== null && next.manager_id !== now.manager_id) {
        await requireManager(tx, owner.id, next.manager_id);
      }
      const changed = await written(tx, update, [owner.id, ...profileValues(next)]);
      const told = fields.filter((field) => field !== 'manager_id');
      const updated = { ...event('owner.updated', owner.id), before: pick(now, told), after: pick(next, told) };
      await this.audit.recordAll(tx, [
        ...(told.length > 0 ? [updated] : []),
        ...managerChange(owner.id, now.manager_id, next.manager_id),
      ]);
      tx.announce({ kind: 'owner.changed', ids: [owner.id] });
      return changed;
    });
  }

  /** He may come back. What is kept of him elsewhere goes with what is announced. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      await lockManagers(tx);
      const found = live(await this.find(tx, id));
      if (!found) throw new NotFoundError('owner');
      await tx.takeLong();
      const reports = (await tx.query(findReports, [found.id])).map((report) => report.id);
      const { user_id: userId, ...owner } = await this.holdAll(tx, found.id, reports);
      if (reports.length > 0) await tx.execute(releaseReports, [reports]);
      await tx.execute(remove, [owner.id]);
      await this.audit.recordAll(tx, [
        ...reports.flatMap((report) => managerChange(report, owner.id, null)),
        ...(userId === null ? [] : released(owner.id, userId)),
        { ...event('owner.deleted', owner.id), before: documentOf(profileOf(owner)) },
      ]);
      tx.announce({ kind: 'owner.deleted', ids: [owner.id] });
      if (userId !== null) tx.announce({ kind: 'user.rightsChanged', ids: [userId] });
    });
  }

  /** As he was. Nobody reports to him, he is no user, and accounts find him with the next run that looks for owners. */
  async restore(caller: Caller, id: string): Promise<OwnerRecord> {
    return this.database.inTransaction(caller, async (tx) => {
      const found = await this.find(tx, id);
      if (!found) throw new NotFoundError('owner');
      const [held] = await tx.query(hold, [found.id]);
      if (!held) throw new NotFoundError('owner');
      if (!held.deleted) throw new ConflictError('This owner is not deleted.');
      const owner = await written(tx, bringBack, [held.id]);
      await this.audit.record(tx, { ...event('owner.restored', held.id), after: documentOf(profileOf(owner)) });
      tx.announce({ kind: 'owner.changed', ids: [held.id] });
      return owner;
    });
  }

  private async find(tx: Transaction, id: string): Promise<HeldOwner | undefined> {
    const [owner] = isId(id) ? await tx.query(find, [id]) : [];
    return owner;
  }

  private async hold(tx: Transaction, id: string): Promise<LiveOwner> {
    const [held] = await tx.query(hold, [id]);
    const owner = live(held);
    if (!owner) throw new NotFoundError('owner');
    return owner;
  }

  /** With his accounts, which repeat what is to be another. */
  private async holdRepeated(tx: Transaction, id: string): Promise<LiveOwner> {
    const event = { kind: 'owner.changed', ids: [id] } as const;
    await tx.takeLong();
    await this.database.announcements.foretell(tx, event, { waits: true });
    const owner = await this.hold(tx, id);
    await this.database.announcements.foretell(tx, event, { waits: false });
    return owner;
  }

  /** With his accounts, who reports to him, and whoever is counted anew when he is gone. */
  private async holdAll(tx: Transaction, id: string, reports: readonly string[]): Promise<LiveOwner> {
    const event = { kind: 'owner.deleted', ids: [id] } as const;
    const concerned = await this.database.announcements.foretell(tx, event, { waits: true });
    await tx.query(holdAll, [[id, ...reports, ...concerned]]);
    const owner = await this.hold(tx, id);
    const known = new Set([id, ...concerned]);
    const now = await this.database.announcements.foretell(tx, event, { waits: false });
    if (now.some((other) => !known.has(other))) throw changedMeanwhile();
    return owner;
  }
}

function live(found: HeldOwner | undefined): LiveOwner | undefined {
  if (!found || found.deleted) return undefined;
  const { deleted: _deleted, ...owner } = found;
  return owner;
}

/** Accounts repeat this of their owner. */
function isRepeated(now: OwnerProfile, next: OwnerProfile): boolean {
  return now.name !== next.name || now.status !== next.status;
}

/** Of two who want one address at the same moment, only the index knows. */
async function written(
  tx: Transaction,
  text: Statement<OwnerRecord>,
  values: readonly unknown[],
): Promise<OwnerRecord> {
  try {
    const [owner] = await tx.query(text, values);
    if (!owner) throw new Error('the owner was not written');
    return owner;
  } catch (error) {
    if (violatedUnique(error) !== 'owner_email_is_unique_among_live') throw error;
    const message = 'This e-mail address belongs to another owner.';
    throw new ConflictError(message, [{ field: 'email', message }]);
  }
}

/** A bad value is told before that there is nobody to have it: whatever is bad of anybody is said first. */
function refusedUnknown(changes: OwnerChanges): NotFoundError {
  changedProfile({ ...unknownOwner }, changes);
  return new NotFoundError('owner');
}

function event(action: string, subjectId: string) {
  return { action, subjectType: 'owner', subjectId } as const;
}

function managerChange(ownerId: string, before: string | null, after: string | null): AuditEvent[] {
  if (before === after) return [];
  return [{ ...event('owner.managerChanged', ownerId), before: { managerId: before }, after: { managerId: after } }];
}
