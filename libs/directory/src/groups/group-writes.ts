import { Injectable } from '@nestjs/common';
import { covers, type Principal, rightsFor } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConflictError, fold, ForbiddenError, isId, newId, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction, violatedUnique } from '@app/persistence';
import { Administrators } from '../roles/administrators.js';
import { roleHolder } from '../roles/role-holders.js';
import { parseUserText } from '../users/user-names.js';
import { groupGraph } from './group-graph.js';
import { groupColumns, type GroupRow } from './group-rows.js';

/** What may be written of a group. */
export interface GroupProfile {
  readonly name: string;
  readonly externalId: string | null;
}

export interface GroupDraft {
  readonly name: string;
  readonly externalId?: string | null | undefined;
}

const holdById = statement<GroupRow>(
  undefined,
  `select ${groupColumns} from user_group g
    where g.organization_id = $1 and g.id = $2 and g.kind = 'directory' for update`,
);
const insertGroup = statement<GroupRow>(
  undefined,
  `insert into user_group as g (organization_id, id, name, name_key, external_id) values ($1, $2, $3, $4, $5)
   returning ${groupColumns}`,
);
const updateGroup = statement<GroupRow>(
  undefined,
  `update user_group g set name = $3, name_key = $4, external_id = $5, updated_at = now()
    where g.organization_id = $1 and g.id = $2 returning ${groupColumns}`,
);
const deleteGroup = statement<never>(undefined, `delete from user_group where organization_id = $1 and id = $2`);

/** Makes, changes and deletes groups; who is in them is for `Memberships`. */
@Injectable()
export class GroupWrites {
  constructor(
    private readonly database: Database,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
  ) {}

  async create(caller: Principal, draft: GroupDraft): Promise<GroupRow> {
    const profile = parseGroupDraft(draft);
    return this.database.inTransaction(caller, async (tx) => {
      const group = await this.store(tx, insertGroup, newId(), profile);
      const after = filled(profile);
      await this.audit.record(tx, { action: 'group.created', subjectType: 'group', subjectId: group.id, after });
      return group;
    });
  }

  /** `edit` gets what the group is at this moment, and nobody changes it until its result is stored. */
  async change(caller: Principal, id: string, edit: (now: GroupProfile) => GroupDraft): Promise<GroupRow> {
    return this.database.inTransaction(caller, async (tx) => {
      const group = await this.hold(tx, id);
      const now: GroupProfile = { name: group.name, externalId: group.external_id };
      const next = parseGroupDraft(edit(now));
      const changed = (['name', 'externalId'] as const).filter((key) => now[key] !== next[key]);
      if (changed.length === 0) return group;

      const written = await this.store(tx, updateGroup, group.id, next);
      const [before, after] = [now, next].map((of) => Object.fromEntries(changed.map((key) => [key, of[key]])));
      const difference = { before: before!, after: after! };
      await this.audit.record(tx, {
        action: 'group.updated',
        subjectType: 'group',
        subjectId: group.id,
        ...difference,
      });
      return written;
    });
  }

  /** Its members lose what it gave them, so whoever deletes it has all of that himself. */
  async delete(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const group = await this.hold(tx, id);
      await groupGraph.hold(tx);
      const { roles } = await roleHolder(tx, group.id);
      if (!covers(caller, rightsFor(roles))) throw new ForbiddenError('This group gives rights you lack.');

      const remove = async () => {
        await groupGraph.detach(tx, group.id);
        await tx.execute(deleteGroup, [group.id]);
      };
      await (roles.includes('Administrator') ? this.administrators.keepOne(tx, remove) : remove());
      const before = filled({ name: group.name, externalId: group.external_id });
      await this.audit.record(tx, { action: 'group.deleted', subjectType: 'group', subjectId: group.id, before });
      tx.announce({ kind: 'user.rightsChanged', ids: [group.id] });
    });
  }

  private async hold(tx: Transaction, id: string): Promise<GroupRow> {
    const [group] = isId(id) ? await tx.query(holdById, [id]) : [];
    if (!group) throw new NotFoundError('group');
    if (group.system) throw new ForbiddenError('A system group cannot be changed.');
    return group;
  }

  private async store(tx: Transaction, storing: typeof insertGroup, id: string, { name, externalId }: GroupProfile) {
    try {
      const [group] = await tx.query(storing, [id, name, fold(name), externalId]);
      if (!group) throw new Error('the group was not stored');
      return group;
    } catch (error) {
      const message = 'This group name is taken.';
      throw violatedUnique(error) ? new ConflictError(message, [{ field: 'name', message }]) : error;
    }
  }
}

function parseGroupDraft({ name, externalId }: GroupDraft): GroupProfile {
  const external = externalId === null || externalId === undefined ? null : parseUserText('externalId', externalId);
  return { name: parseUserText('name', name), externalId: external };
}

function filled({ name, externalId }: GroupProfile) {
  return { name, ...(externalId !== null && { externalId }) };
}
