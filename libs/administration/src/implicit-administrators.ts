import { Injectable } from '@nestjs/common';
import { managersOf, managingRights } from '@app/auth';
import type { Role } from '@app/access';
import { statement, type Transaction } from '@app/persistence';

/** Whoever of the managing organization has one of these addresses, or without one is called so, if nobody here is. */
const managersNamed = statement<{ key: string; roles: Role[] }>(
  undefined,
  `select n.key, roles_of(a.organization_id, a.id) as roles
     from ${managersOf}
    cross join lateral (select coalesce(a.email_key, a.user_name_key) as key) n
    where g.id = $1 and (a.email_key = any($2::text[]) or a.email_key is null and a.user_name_key = any($2::text[])) and not a.system
      and not exists (
        select from app_user u where u.organization_id = $1 and u.deleted_at is null and n.key in (u.email_key, u.user_name_key))`,
);

/** Administrators of the managing organization are Administrators here without being listed. */
@Injectable()
export class ImplicitAdministrators {
  /** Those of the keys that name one of them, and nobody here. */
  async among(tx: Transaction, keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const found = await tx.query(managersNamed, [keys]);
    return new Set(found.flatMap(({ key, roles }) => (managingRights(roles) ? [key] : [])));
  }
}
