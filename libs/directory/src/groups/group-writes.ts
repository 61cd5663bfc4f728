import { Injectable } from '@nestjs/common';
import { covers, type Principal, rightsFor } from '@app/access';
import { actorValues, AuditTrail, eventsInsert } from '@app/audit';
import { ConflictError, fold, ForbiddenError, isId, newId, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction, violatedUnique } from '@app/persistence';
import { Administrators } from '../roles/administrators.js';
import { roleHolder } from '../roles/role-holders.js';
import { parseDirectoryName, parseIfNew, parseUserText } from '../users/user-names.js';
import { groupGraph } from './group-graph.js';
import { groupColumns, type GroupRow } from './group-rows.js';
import { membershipEvents, roleEvents } from './membership-events.js';

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
/** No statement takes longer than a request may wait, however many are in a group. */
const edgesAtOnce = 10_000;
/** Whoever was in it or held it hears of it as if he had been taken out. */
const endEdges = statement<{ found: number }>(
  undefined,
  `with slice as (
     select id from membership where organization_id = $1 and (group_id = $2 or member_group_id = $2) limit ${edgesAtOnce}),
   ended as (
     delete from membership m using slice where m.organization_id = $1 and m.id = slice.id
     returning m.group_id, m.user_id, m.member_group_id),
   edges as materialized (
     select g.id as group_id, g.name as group_name, coalesce(u.id, m.id) as member_id,
            case when u.id is null then 'Group' else 'User' end as member_type, coalesce(u.user_name, m.name) as member_name
       from ended e join user_group g on g.organization_id = $1 and g.id = e.group_id
       left join app_user u on u.organization_id = $1 and u.id = e.user_id
       left join user_group m on m.organization_id = $1 and m.id = e.member_group_id),
   told as (${eventsInsert(3, membershipEvents('before', 'edges'))})
   select count(*)::int as found from slice`,
);
const deleteGroup = statement<never>(
  undefined,
  `with roles as (
     delete from role_assignment where organization_id = $1 and group_id = $2 returning group_id as holder_id, role),
   gone as (
     delete from user_group where organization_id = $1 and id = $2)
   ${eventsInsert(
     4,
     `${roleEvents('before', 'group', 'roles')}
      union all select 'group.deleted', 'group', $2::uuid, $3::jsonb, null::jsonb`,
   )}`,
);

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

  /**
   * `edit` gets what the group is at this moment, and nobody changes it until its result is stored. Members are added by
   * the name of a group too: whoever could give its name to another would choose whom its rights are given to.
   */
  async change(caller: Principal, id: string, edit: (now: GroupProfile) => GroupDraft): Promise<GroupRow> {
    return this.database.inTransaction(caller, async (tx) => {
      const group = await this.hold(tx, id);
      const now: GroupProfile = { name: group.name, externalId: group.external_id };
      const next = parseGroupDraft(edit(now), now);
      const changed = (['name', 'externalId'] as const).filter((key) => now[key] !== next[key]);
      if (changed.length === 0) return group;
      await requireRightsOfGroup(tx, caller, group.id);

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
      const now = async () => requireRightsOfGroup(tx, caller, group.id);
      const seen = await now();

      const before = filled({ name: group.name, externalId: group.external_id });
      const remove = async () => {
        await groupGraph.detach(tx, group.id);
        await endAllEdges(tx, group.id);
        await tx.execute(deleteGroup, [group.id, before, ...actorValues(caller)]);
      };
      await this.administrators.keepOneOf(tx, { seen, now }, remove);
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

/** @returns the roles it gives, directly or through others */
async function requireRightsOfGroup(tx: Transaction, caller: Principal, groupId: string) {
  const { roles } = await roleHolder(tx, groupId);
  if (!covers(caller, rightsFor(roles))) throw new ForbiddenError('This group gives rights you lack.');
  return roles;
}

/** Nobody can join any more, but somebody may leave by himself at this moment: a slice counts by what it found. */
async function endAllEdges(tx: Transaction, groupId: string): Promise<void> {
  for (let found = edgesAtOnce; found === edgesAtOnce;) {
    const [row] = await tx.query(endEdges, [groupId, ...actorValues(tx.caller)]);
    found = row?.found ?? 0;
  }
}

function parseGroupDraft({ name, externalId }: GroupDraft, stored?: GroupProfile): GroupProfile {
  const given = externalId !== null && externalId !== undefined;
  return {
    name: parseIfNew(parseDirectoryName, 'name', name, stored?.name),
    externalId: given ? parseIfNew(parseUserText, 'externalId', externalId, stored?.externalId) : null,
  };
}

function filled({ name, externalId }: GroupProfile) {
  return { name, ...(externalId !== null && { externalId }) };
}
