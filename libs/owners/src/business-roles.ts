import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId, NotFoundError } from '@app/kernel';
import { Database, statement } from '@app/persistence';

/** What a job implies; not a right on this server. */
export interface BusinessRole {
  readonly id: string;
  readonly name: string;
  readonly department: string | null;
  readonly title: string | null;
}

const rolesOfOwner = statement<BusinessRole | { readonly id: null }>(
  'owner.roles',
  `select r.id, r.name, r.department, r.title from owner o
     left join owner_role x on x.organization_id = $1 and x.owner_id = o.id
     left join business_role r on r.organization_id = $1 and r.id = x.role_id
    where o.organization_id = $1 and o.id = $2 and o.deleted_at is null
    order by r.name collate "C", r.id`,
);

@Injectable()
export class BusinessRoles {
  constructor(private readonly database: Database) {}

  /** By name, then id. */
  async rolesOf(caller: Caller, ownerId: string): Promise<BusinessRole[]> {
    const rows = isId(ownerId) ? await this.database.query(caller, rolesOfOwner, [ownerId]) : [];
    if (rows.length === 0) throw new NotFoundError('owner');
    return rows.filter((row) => row.id !== null);
  }
}
