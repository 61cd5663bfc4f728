import { Inject, Injectable } from '@nestjs/common';
import type { Role } from '@app/access';
import { ConflictError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

/** One at a time, so that two changes cannot each leave the other's Administrator as the last one and both be wrong. */
const lock = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('ostiary administrators ' || $1::text, 0))`,
);
/** Beside others of its kind, but not beside the one above. */
const lockShared = statement<never>(
  undefined,
  `select pg_advisory_xact_lock_shared(hashtextextended('ostiary administrators ' || $1::text, 0))`,
);
/** Whoever `u` is, there is a door for him: a password, or an identity at a provider of `$3` that still is one here. */
const ableToSignIn = `u.active and u.deleted_at is null and not u.invitation_pending and not u.system and (
    exists (select from credential k where k.organization_id = $1 and k.user_id = u.id)
    or exists (
      select from external_identity e
        join jsonb_to_recordset($3::jsonb) p (issuer text, organizations jsonb) on p.issuer = e.issuer
       where e.organization_id = $1 and e.user_id = u.id and (
         p.organizations is null or p.organizations ? (select g.slug from organization g where g.id = $1))))`;
/** Somebody other than `$2` who may do everything and is able to sign in: one is enough, of however many. */
const another = statement<{ id: string }>(
  undefined,
  `select u.id from user_role h
    join app_user u on u.organization_id = $1 and u.id = h.user_id
    where h.organization_id = $1 and h.role = 'Administrator' and ${ableToSignIn} and u.id is distinct from $2
    limit 1`,
);
const rolesOfUser = statement<{ able: boolean }>(
  undefined,
  `select 'Administrator' = any(roles_of($1, u.id)) and ${ableToSignIn} as able
     from app_user u where u.organization_id = $1 and u.id = $2`,
);

/** The roles of whoever loses something: as they were seen, and as they are when they are asked for. */
export interface RolesAtStake {
  readonly seen: readonly Role[];
  readonly now: () => Promise<readonly Role[]>;
}

/** A provider of the configuration, as far as it is a way in. */
export interface ConfiguredIssuer {
  readonly issuer: string;
  /** Slugs of those whose users may come from there. Undefined: those of all. */
  readonly organizations: readonly string[] | undefined;
}

export const configuredIssuers = Symbol('ConfiguredIssuers');

/** An organization keeps somebody who may do everything: direct or through groups, active and able to sign in. */
@Injectable()
export class Administrators {
  private readonly issuers: string;

  constructor(@Inject(configuredIssuers) issuers: readonly ConfiguredIssuer[]) {
    this.issuers = JSON.stringify(issuers);
  }

  /** Does a change and takes it back, with a conflict, if it leaves an organization that had Administrators without one. */
  async keepOne<T>(tx: Transaction, change: () => Promise<T>): Promise<T> {
    await tx.query(lock);
    const had = await this.isThere(tx, null);
    const result = await change();
    if (had && !(await this.isThere(tx, null))) {
      throw new ConflictError('The last active Administrator cannot be taken away.');
    }
    return result;
  }

  /**
   * Does a change that takes away what gives these roles. Whether Administrator is among them is asked once nobody else
   * can be counting: it may just have been given, by somebody who then takes it from another. Changes that concern no
   * Administrator do not wait for each other.
   */
  async keepOneOf<T>(tx: Transaction, { seen, now }: RolesAtStake, change: () => Promise<T>): Promise<T> {
    await tx.query(seen.includes('Administrator') ? lock : lockShared);
    return (await now()).includes('Administrator') ? this.keepOne(tx, change) : change();
  }

  /** Nobody else says who is one until the transaction ends. */
  async holdAll(tx: Transaction): Promise<void> {
    await tx.query(lock);
  }

  /** Nobody stops being one until the transaction ends. */
  async hold(tx: Transaction): Promise<void> {
    await tx.query(lockShared);
  }

  /** Whether somebody is the only one there is; it stays so until the transaction ends. */
  async isLast(tx: Transaction, userId: string): Promise<boolean> {
    await tx.query(lock);
    const [user] = await tx.query(rolesOfUser, [userId, this.issuers]);
    return user?.able === true && !(await this.isThere(tx, userId));
  }

  private async isThere(tx: Transaction, exceptId: string | null): Promise<boolean> {
    return (await tx.query(another, [exceptId, this.issuers])).length > 0;
  }
}
