import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { Principals } from '@app/auth';
import { makeAdministrators, parseIfNew } from '@app/directory';
import {
  ConflictError,
  type CursorPageOf,
  InvalidTokenError,
  isId,
  newId,
  NotFoundError,
  PreconditionError,
} from '@app/kernel';
import {
  answerFor,
  changeManaged,
  holdManaged,
  holdManager,
  insertManaged,
  listManaged,
  managedById,
  type ManagedRow,
  type ManagedType,
  parseOrganizationName,
  parseSlug,
  slugFor,
} from '@app/organizations';
import { Database, type Transaction } from '@app/persistence';
import { CursorCodec, SecretBox } from '@app/secrets';
import type { Telling } from './account-changes.js';
import { ManagingCallers } from './managing-callers.js';
import { type AccountPerson, NamedPeople } from './named-people.js';
import { type NamedPerson, type PersonDraft, PersonParser } from './named-person.js';

export interface NewManagedOrganization {
  readonly name: string;
  readonly accountType: Exclude<ManagedType, 'DISABLED'>;
  /** Undefined: one is made. */
  readonly slug: string | undefined;
  /** Who answers for its account. Undefined: nobody yet. */
  readonly accountOwner: PersonDraft | undefined;
}

/** What is to be otherwise; what is left out stays. */
export interface ManagedOrganizationChanges {
  readonly name?: string | undefined;
  /** DISABLED suspends it. */
  readonly accountType?: ManagedType | undefined;
}

export interface MadeOrganization {
  readonly organization: ManagedRow;
  /** With the way to finish his profile, shown this once. */
  readonly accountOwner: AccountPerson | undefined;
}

interface Parsed {
  readonly name: string;
  readonly accountType: string;
  readonly slug: string | undefined;
  readonly person: NamedPerson | undefined;
}

/** A slug that was drawn is another's next to never. */
const draws = 5;

/** Organizations that another one manages: made, listed, renamed, suspended and resumed by its Administrators. */
@Injectable()
export class ManagedOrganizations {
  private readonly cursors: CursorCodec;

  constructor(
    private readonly database: Database,
    private readonly callers: ManagingCallers,
    private readonly people: NamedPeople,
    private readonly principals: Principals,
    private readonly audit: AuditTrail,
    box: SecretBox,
  ) {
    this.cursors = new CursorCodec(box, 'managed-organizations', 'after');
  }

  /** In the order they were made. */
  async list(caller: Principal, limit: number, after: string | undefined): Promise<CursorPageOf<ManagedRow>> {
    const [createdAt = null, id = null] = after === undefined ? [] : this.cursors.decode(after, null);
    const rows = await this.database.query(caller, listManaged, [createdAt, id, limit + 1]);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const endCursor = last ? this.cursors.encode([last.created_at, last.id], null) : null;
    return { items, hasNextPage: rows.length > limit, endCursor };
  }

  async get(caller: Principal, id: string): Promise<ManagedRow> {
    const [found] = isId(id) ? await this.database.query(caller, managedById, [id]) : [];
    if (!found) throw new NotFoundError('organization');
    return found;
  }

  /** With its group of Administrators, in it whoever answers for its account; he is invited. */
  async create(caller: Principal, draft: NewManagedOrganization, { notify }: Telling): Promise<MadeOrganization> {
    const wanted = parsed(draft);
    const there = await this.callers.there(caller, newId());
    return this.database.inTransaction(there, async (tx) => {
      const here = tx.elsewhere(caller);
      const [manager] = await here.query(holdManager);
      // Suspended a moment ago: from the next second on he is no caller at all.
      if (!manager) throw new InvalidTokenError();
      if (manager.managed) throw new PreconditionError('A managed organization manages no other.');
      const organization = await this.insert(tx, caller.organizationId, wanted);
      const accountOwner = await this.giveAdministrators(tx, there, wanted.person, notify);
      const { name, slug, account_type: accountType } = organization;
      const accountOwnerUserId = accountOwner?.user.id;
      const event = eventOn(organization.id, 'organization.created', {
        after: { name, slug, accountType, ...(accountOwnerUserId && { accountOwnerUserId }) },
      });
      await this.recordInBoth(tx, here, event);
      return { organization, accountOwner };
    });
  }

  async change(caller: Principal, id: string, changes: ManagedOrganizationChanges): Promise<ManagedRow> {
    const there = await this.callers.there(caller, id);
    return this.database.inTransaction(caller, async (tx) => {
      const [held] = isId(id) ? await tx.query(holdManaged, [id]) : [];
      if (!held) throw new NotFoundError('organization');
      const name =
        changes.name === undefined
          ? held.name
          : parseIfNew(parseOrganizationName, 'accountName', changes.name, held.name);
      const after = { name, accountType: changes.accountType ?? held.account_type };
      const before = { name: held.name, accountType: held.account_type };
      if (after.name === before.name && after.accountType === before.accountType) return held;

      const [changed] = await tx.query(changeManaged, [id, after.name, after.accountType]);
      if (!changed) throw new Error('the organization was not changed');
      const event = eventOn(id, actionOf(before.accountType, after.accountType), differing(before, after));
      await this.recordInBoth(tx.elsewhere(there), tx, event);
      tx.afterCommit.push(() => this.principals.forget(id));
      return changed;
    });
  }

  private async insert(tx: Transaction, managerId: string, { name, accountType, slug }: Parsed): Promise<ManagedRow> {
    for (let draw = 1; ; draw++) {
      const [made] = await tx.query(insertManaged, [managerId, name, accountType, slug ?? slugFor(name)]);
      if (made) return made;
      if (slug !== undefined || draw === draws) throw new ConflictError('The slug is taken.');
    }
  }

  private async giveAdministrators(
    tx: Transaction,
    there: Principal,
    person: NamedPerson | undefined,
    mailed: boolean,
  ): Promise<AccountPerson | undefined> {
    const named = person ? [person] : [];
    const settled = await this.people.settle(tx, there, named, { mailed });
    const [owner] = settled.peopleOf(named);
    await makeAdministrators(tx, this.audit, owner ? [owner.user.id] : []);
    if (owner) await tx.execute(answerFor, [owner.user.id]);
    return owner;
  }

  /** Each says it in its own words of who did it. */
  private async recordInBoth(there: Transaction, here: Transaction, event: AuditEvent): Promise<void> {
    for (const tx of [there, here]) await this.audit.record(tx, event);
  }
}

function parsed({ name, accountType, slug, accountOwner }: NewManagedOrganization): Parsed {
  return {
    name: parseOrganizationName('accountName', name),
    accountType,
    slug: slug === undefined ? undefined : parseSlug('slug', slug),
    person: accountOwner && new PersonParser().parse('accountOwner', accountOwner),
  };
}

function eventOn(subjectId: string, action: string, told: Pick<AuditEvent, 'before' | 'after'>): AuditEvent {
  return { action, subjectType: 'organization', subjectId, ...told };
}

function actionOf(before: string, after: string): string {
  if (before === after || (before !== 'DISABLED' && after !== 'DISABLED')) return 'organization.updated';
  return after === 'DISABLED' ? 'organization.suspended' : 'organization.resumed';
}

type Told = Readonly<Record<string, string>>;

/** What is otherwise than before. */
function differing(before: Told, after: Told): { readonly before: Told; readonly after: Told } {
  const names = Object.keys(after).filter((name) => before[name] !== after[name]);
  const only = (told: Told) => Object.fromEntries(names.map((name) => [name, told[name] ?? '']));
  return { before: only(before), after: only(after) };
}
