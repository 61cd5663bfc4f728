import { Injectable } from '@nestjs/common';
import { type Caller, covers, type Principal, rightsFor, type Role } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConflictError, ForbiddenError, isId, newId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, statement, statementFamily, type Transaction } from '@app/persistence';
import { Administrators } from './administrators.js';
import { type RoleHolder, roleHolder } from './role-holders.js';

export interface RoleAssignmentRow {
  readonly id: string;
  readonly user_id: string | null;
  readonly group_id: string | null;
  readonly role: Role;
  readonly created_at: string;
}

export interface RoleAssignmentFilter {
  readonly principalId?: string | undefined;
  readonly role?: Role | undefined;
}

const columns = 'r.id, r.user_id, r.group_id, r.role, r.created_at';
/** What a deleted user held comes back with him, and is hidden until then. */
const visible = `from role_assignment r left join app_user u on u.organization_id = $1 and u.id = r.user_id
   where r.organization_id = $1 and (r.group_id is not null or u.deleted_at is null)`;

const listText = statementFamily<RoleAssignmentRow>('role-assignment.list', 4);
const countText = statementFamily<{ total: number }>('role-assignment.count', 4);
const assignmentById = statement<RoleAssignmentRow>(
  'role-assignment.get',
  `select ${columns} ${visible} and r.id = $2`,
);
/** Says which one stands: of the same assignment made twice at once, both callers hear of one. */
const insertFor = (holder: 'user_id' | 'group_id') =>
  statement<RoleAssignmentRow>(
    undefined,
    `insert into role_assignment as r (organization_id, id, ${holder}, role) values ($1, $2, $3, $4)
     on conflict (organization_id, ${holder}, role) where ${holder} is not null do update set role = excluded.role
     returning ${columns}`,
  );
const insert = { user: insertFor('user_id'), group: insertFor('group_id') };
const deleteAssignment = statement<never>(
  undefined,
  `delete from role_assignment where organization_id = $1 and id = $2`,
);

/** Who holds which role: directly, or as a member of a group at any depth. */
@Injectable()
export class RoleAssignmentService {
  constructor(
    private readonly database: Database,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
  ) {}

  async search(
    caller: Caller,
    { principalId, role }: RoleAssignmentFilter,
    page: { readonly limit: number; readonly offset: number },
  ) {
    const values: unknown[] = [];
    const bind = (value: unknown) => `$${values.push(value) + 1}`;
    const wanted = [
      visible,
      ...(principalId === undefined ? [] : [holds(bind(principalId))]),
      ...(role === undefined ? [] : [`r.role = ${bind(role)}`]),
    ].join(' and ');
    const count = this.database.query(caller, countText(`select count(*)::int as total ${wanted}`), [...values]);
    const paged = `select ${columns} ${wanted} order by r.id limit ${bind(page.limit)} offset ${bind(page.offset)}`;
    const [[counted], items] = await Promise.all([count, this.database.query(caller, listText(paged), values)]);
    return { items, total: counted?.total ?? 0 } satisfies OffsetPageOf<RoleAssignmentRow>;
  }

  async get(caller: Caller, id: string): Promise<RoleAssignmentRow> {
    const [row] = await this.database.query(caller, assignmentById, [id]);
    if (!row) throw new NotFoundError('role assignment');
    return row;
  }

  /** Nobody gives a right he lacks; whoever holds the role already keeps the assignment he has. */
  async grant(caller: Principal, principalId: string, role: Role) {
    return this.database.inTransaction(caller, async (tx) => {
      if (!covers(caller, rightsFor([role]))) throw new ForbiddenError(`You lack rights that ${role} gives.`);
      if (!isId(principalId)) throw new NotFoundError('principal');
      const holder = await roleHolder(tx, principalId);
      if (holder.system) throw new ConflictError('A system user holds no role.');

      const id = newId();
      const [row] = await tx.query(insert[holder.kind], [id, holder.id, role]);
      if (!row) throw new Error('an assignment was neither made nor found');
      const made = row.id === id;
      if (made) await this.changed(tx, holder, { action: 'role.granted', after: { role } });
      return { row, made };
    });
  }

  /** Taking away needs every right of whoever it is taken from, of which the role's own are a part. */
  async revoke(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const [assignment] = await tx.query(assignmentById, [id]);
      if (!assignment) throw new NotFoundError('role assignment');
      const { role } = assignment;
      const holder = await roleHolder(tx, (assignment.user_id ?? assignment.group_id)!);
      if (!covers(caller, rightsFor(holder.roles)))
        throw new ForbiddenError('The holder of this role has rights you lack.');

      // Held last, as by whoever replaces all Administrators at once: in another order each could wait for the other.
      const remove = async () => {
        if ((await tx.execute(deleteAssignment, [id])) === 0) throw new NotFoundError('role assignment');
      };
      await (role === 'Administrator' ? this.administrators.keepOne(tx, remove) : remove());
      await this.changed(tx, holder, { action: 'role.revoked', before: { role } });
    });
  }

  private async changed(
    tx: Transaction,
    { id, kind }: RoleHolder,
    event: { action: string; before?: { role: Role }; after?: { role: Role } },
  ): Promise<void> {
    await this.audit.record(tx, { ...event, subjectType: kind, subjectId: id });
    tx.announce({ kind: 'user.rightsChanged', ids: [id] });
  }
}

function holds(place: string): string {
  return `(r.user_id = ${place} or r.group_id = ${place})`;
}
