import { Injectable } from '@nestjs/common';
import { ConflictError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

/** One at a time, so that two changes cannot each leave the other's Administrator as the last one and both be wrong. */
const lock = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('ostiary administrators ' || $1::text, 0))`,
);
const holders = statement<{ id: string }>(
  undefined,
  `with holder as (
     select r.user_id from role_assignment r where r.organization_id = $1 and r.role = 'Administrator'
     union
     select m.user_id from role_assignment r
       join membership m on m.organization_id = $1 and m.group_id = r.group_id
      where r.organization_id = $1 and r.role = 'Administrator'
     union
     select m.user_id from role_assignment r
       join group_closure c on c.organization_id = $1 and c.ancestor_id = r.group_id
       join membership m on m.organization_id = $1 and m.group_id = c.descendant_id
      where r.organization_id = $1 and r.role = 'Administrator')
   select u.id from holder h join app_user u on u.organization_id = $1 and u.id = h.user_id
    where u.active and u.deleted_at is null and not u.invitation_pending and not u.system`,
);

/** An organization keeps somebody who may do everything: direct or through groups, active and able to sign in. */
@Injectable()
export class Administrators {
  /** Does a change and takes it back, with a conflict, if it leaves an organization that had Administrators without one. */
  async keepOne<T>(tx: Transaction, change: () => Promise<T>): Promise<T> {
    await tx.query(lock);
    const before = await tx.query(holders);
    const result = await change();
    if (before.length > 0 && (await tx.query(holders)).length === 0) {
      throw new ConflictError('The last active Administrator cannot be taken away.');
    }
    return result;
  }

  /** Whether somebody is the only one there is; it stays so until the transaction ends. */
  async isLast(tx: Transaction, userId: string): Promise<boolean> {
    await tx.query(lock);
    const found = await tx.query(holders);
    return found.length === 1 && found[0]?.id === userId;
  }
}
