import { Injectable } from '@nestjs/common';
import { covers, type Principal, rightsFor, type Role } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ForbiddenError, isId, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { Administrators } from '../roles/administrators.js';
import { roleHolder } from '../roles/role-holders.js';
import { groupGraph } from './group-graph.js';
import type { PrincipalType } from './memberships.js';
import { type Candidate, idsIn, type MembershipOperation, NamedPrincipals, namesIn } from './named-principals.js';

/** Held still until the transaction ends, so that nobody is deleted on the way in. */
const candidates = statement<Candidate>(
  undefined,
  `with users as (
     select id, 'User' as type, user_name as name, user_name_key as name_key, system from app_user
      where organization_id = $1 and deleted_at is null and (id = any($2::uuid[]) or user_name_key = any($3::text[]))
      order by id for share),
   groups as (
     select id, 'Group' as type, name, name_key, false as system from user_group
      where organization_id = $1 and kind = 'directory' and (id = any($2::uuid[]) or name_key = any($3::text[]) or id = $4)
      order by id for share)
   select id, type, name, name_key, system from users union all select id, type, name, name_key, system from groups`,
);
const joinUsers = statement<{ id: string }>(
  undefined,
  `insert into membership (organization_id, group_id, user_id) select $1, $2, id from unnest($3::uuid[]) id
   on conflict (organization_id, user_id, group_id) where user_id is not null do nothing returning user_id as id`,
);
const joinGroups = statement<{ id: string }>(
  undefined,
  `insert into membership (organization_id, group_id, member_group_id) select $1, $2, id from unnest($3::uuid[]) id
   on conflict (organization_id, member_group_id, group_id) where member_group_id is not null do nothing
   returning member_group_id as id`,
);
const leave = statement<{ id: string; type: PrincipalType }>(
  undefined,
  `delete from membership where organization_id = $1 and group_id = $2
      and (user_id = any($3::uuid[]) or member_group_id = any($3::uuid[]))
   returning coalesce(user_id, member_group_id) as id, case when user_id is null then 'Group' else 'User' end as type`,
);

type Member = Pick<Candidate, 'id' | 'type' | 'name'>;
type Group = Pick<Candidate, 'id' | 'name'>;
type Touched = Member & Pick<MembershipOperation, 'op'>;

/** Puts principals into a group and takes them out, all or nothing. */
@Injectable()
export class MembershipChanges {
  constructor(
    private readonly database: Database,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Operations in their order: of several on one principal the last decides. Whoever is in already, or out already, is
   * left as he is. A group gives its roles to its members, so whoever changes it has all of them himself.
   */
  async change(caller: Principal, groupId: string, operations: readonly MembershipOperation[]): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const found = await tx.query(candidates, [
        idsIn(operations),
        namesIn(operations),
        isId(groupId) ? groupId : null,
      ]);
      const itself = found.find(({ id, type }) => id === groupId && type === 'Group');
      if (!itself) throw new NotFoundError('group');

      const wanted = new Map<string, Touched>();
      const named = new NamedPrincipals(found);
      const touched = operations.map((operation, at) => ({ op: operation.op, ...named.meantBy(operation, at) }));
      for (const member of touched) wanted.set(member.id, member);
      await this.holdGraph(tx, groupId, touched);

      const members = [...wanted.values()];
      const joined = await this.join(tx, groupId, doing('add', members));
      let { roles } = await roleHolder(tx, groupId);
      const now = async () => ({ roles } = await roleHolder(tx, groupId)).roles;
      const leaving = doing('remove', members);
      const remove = () => this.leave(tx, groupId, leaving);
      const left = leaving.length === 0 ? [] : await this.administrators.keepOneOf(tx, { seen: roles, now }, remove);
      if (joined.length + left.length === 0) return;

      if (!covers(caller, rightsFor(roles))) throw new ForbiddenError('This group gives rights you lack.');
      if (joined.length > 0) requireMayGive(caller, roles);
      const group = { id: itself.id, name: itself.name };
      await this.record(tx, group, 'after', joined);
      await this.record(tx, group, 'before', left);
      tx.announce({ kind: 'user.rightsChanged', ids: [...joined, ...left].map(({ id }) => id) });
    });
  }

  /** Only edges between groups can close a cycle. */
  private async holdGraph(tx: Transaction, groupId: string, touched: readonly Touched[]) {
    const groups = touched.filter(({ type }) => type === 'Group');
    if (groups.length === 0) return;
    await groupGraph.hold(tx);
    const added = groups.filter(({ op }) => op === 'add').map(({ id }) => id);
    if (added.length > 0) await groupGraph.requireNoCycle(tx, groupId, added);
  }

  private async join(tx: Transaction, groupId: string, members: readonly Member[]): Promise<Member[]> {
    const [users, groups] = [idsOf(members, 'User'), idsOf(members, 'Group')];
    const joinedUsers = users.length === 0 ? [] : await tx.query(joinUsers, [groupId, users]);
    const joinedGroups = groups.length === 0 ? [] : await tx.query(joinGroups, [groupId, groups]);
    if (joinedGroups.length > 0)
      await groupGraph.add(
        tx,
        groupId,
        joinedGroups.map(({ id }) => id),
      );
    const joined = new Set([...joinedUsers, ...joinedGroups].map(({ id }) => id));
    return members.filter(({ id }) => joined.has(id));
  }

  private async leave(tx: Transaction, groupId: string, members: readonly Member[]): Promise<Member[]> {
    const gone = await tx.query(leave, [groupId, members.map(({ id }) => id)]);
    const groups = gone.filter(({ type }) => type === 'Group').map(({ id }) => id);
    if (groups.length > 0) await groupGraph.remove(tx, groupId, groups);
    const left = new Set(gone.map(({ id }) => id));
    return members.filter(({ id }) => left.has(id));
  }

  /** An event for the group, which names them all, and one in the trail of each. */
  private async record(
    tx: Transaction,
    group: Group,
    side: 'before' | 'after',
    members: readonly Member[],
  ): Promise<void> {
    if (members.length === 0) return;
    const [ofGroup, ofMember] = side === 'after' ? ['memberAdded', 'groupJoined'] : ['memberRemoved', 'groupLeft'];
    const named = members.map(({ id, type, name }) => ({ id, type, name }));
    await this.audit.recordAll(tx, [
      { action: `group.${ofGroup}`, subjectType: 'group', subjectId: group.id, [side]: { members: named } },
      ...members.map(({ id, type }) => {
        const subjectType = type === 'User' ? ('user' as const) : ('group' as const);
        return { action: `${subjectType}.${ofMember}`, subjectType, subjectId: id, [side]: { group } };
      }),
    ]);
  }
}

function doing(op: Touched['op'], members: readonly Touched[]): Touched[] {
  return members.filter((member) => member.op === op);
}

function idsOf(members: readonly Member[], type: PrincipalType): string[] {
  return members.filter((member) => member.type === type).map(({ id }) => id);
}

/** What a client gave would be there when the client is not, and used from networks that are not its own. */
function requireMayGive({ kind }: Principal, roles: readonly Role[]): void {
  if (kind === 'client' && roles.length > 0)
    throw new ForbiddenError('An OAuth client adds nobody to a group that gives rights.');
}
