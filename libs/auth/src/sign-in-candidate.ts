import { firstOrganization, organizationBySlug } from '@app/organizations';
import { statement, systemStatement } from '@app/persistence';
import { countColumns, type CountRow } from './attempt-store.js';

/** A user whose password was right, as he was at that moment. */
export interface Proven {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly userName: string;
  readonly email: string | null;
  readonly passwordHash: string;
  readonly credentialVersion: number;
  readonly mustChange: boolean;
  readonly changedAt: string;
  readonly external: boolean;
}

export interface Candidate {
  readonly id: string;
  readonly display_name: string;
  readonly user_name: string;
  readonly email: string | null;
  readonly external: boolean;
  readonly credential_version: number;
  readonly password_hash: string | null;
  readonly must_change: boolean;
  readonly changed_at: string;
  readonly may_sign_in: boolean;
}

/** What one look tells of a try: where it counts, what is counted there, and whom it means. Nulls where there is nobody. */
export type LookRow = CountRow & { readonly organization_id: string | null } & (
    | Candidate
    | { readonly [Name in keyof Candidate]: null }
  );

/** Why a try was refused: for the audit trail, never for an answer. */
export type Because = 'unknownUser' | 'noPassword' | 'wrongPassword' | 'mayNotSignIn' | 'locked';

/** Condition on a row of `app_user`: a lock apart, which is about guessed passwords, he may sign in. */
export const maySignIn = (user: string) =>
  `${user}.active and ${user}.deleted_at is null and not ${user}.invitation_pending and not ${user}.system`;

/**
 * One look at everything a try needs to know, in the organization and of the user that the two texts find: `meant` is
 * false where the organization is not the one that was asked for, and then nobody is in it.
 */
const lookText = (place: string, user: string) => `with place as materialized (${place})
  select place.id as organization_id, u.id, u.display_name, u.user_name, u.email, u.external_id is not null as external,
         u.credential_version, c.password_hash, c.must_change, c.changed_at,
         ${maySignIn('u')} as may_sign_in, ${countColumns('a', 'n')}
    from place
    left join lateral (${user}) who on place.meant
    left join app_user u on u.organization_id = place.id and u.id = who.id and u.deleted_at is null
    left join credential c on c.organization_id = u.organization_id and c.user_id = u.id
    left join login_attempt a on a.organization_id = u.organization_id and a.user_id = u.id
    left join unknown_login n on n.organization_id = place.id and n.bucket = $3::smallint and u.id is null`;

const userWhose = (key: string) =>
  `select id from app_user where organization_id = place.id and ${key} = $2 and deleted_at is null`;

/**
 * By user name first, then by e-mail, in the organization of that slug, or the first one when none is named. A slug
 * nobody has leads to the first one too: its tries are counted there.
 */
export const lookByName = systemStatement<LookRow>(
  'sign-in.look',
  lookText(
    `select coalesce(named.id, (${firstOrganization})) as id, $1::text is null or named.id is not null as meant
       from (values (1)) once left join (${organizationBySlug('$1')}) named on true`,
    `select coalesce((${userWhose('user_name_key')}), (${userWhose('email_key')})) as id`,
  ),
);
export const lookById = statement<LookRow>(
  'sign-in.look-by-id',
  lookText('select $1::uuid as id, true as meant', 'select $2::uuid as id'),
);

export function candidateIn(row: LookRow): Candidate | undefined {
  return row.id === null ? undefined : row;
}

/**
 * What stands in the way apart from a lock. The password comes last: of somebody who could not sign in with the right
 * one, nobody who reads the trail learns whether it was.
 */
export function obstacle(found: Candidate | undefined, correct: boolean): Because | undefined {
  if (!found) return 'unknownUser';
  if (!found.may_sign_in) return 'mayNotSignIn';
  if (found.password_hash === null) return 'noPassword';
  return correct ? undefined : 'wrongPassword';
}

export function provenFrom(organizationId: string, row: Candidate): Proven {
  return {
    organizationId,
    id: row.id,
    name: row.display_name,
    userName: row.user_name,
    email: row.email,
    passwordHash: row.password_hash ?? '',
    credentialVersion: row.credential_version,
    mustChange: row.must_change,
    changedAt: row.changed_at,
    external: row.external,
  };
}
