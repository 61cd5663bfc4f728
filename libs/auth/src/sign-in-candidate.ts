import { statement } from '@app/persistence';

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

export interface CandidateRow {
  id: string;
  display_name: string;
  user_name: string;
  email: string | null;
  external: boolean;
  credential_version: number;
  password_hash: string | null;
  must_change: boolean;
  changed_at: string;
  may_sign_in: boolean;
}

/** Why a try was refused: for the audit trail, never for an answer. */
export type Because = 'unknownUser' | 'noPassword' | 'wrongPassword' | 'mayNotSignIn' | 'locked';

const candidates = `select u.id, u.display_name, u.user_name, u.email, u.external_id is not null as external, u.credential_version,
    c.password_hash, c.must_change, c.changed_at,
    u.active and not u.invitation_pending and not u.system as may_sign_in
  from app_user u left join credential c on c.organization_id = $1 and c.user_id = u.id
 where u.organization_id = $1 and u.deleted_at is null and`;
/** By user name first, then by e-mail. */
export const candidateByName = statement<CandidateRow>(
  'password.candidate',
  `${candidates} (u.user_name_key = $2 or u.email_key = $2) order by u.user_name_key = $2 desc limit 1`,
);
export const candidateById = statement<CandidateRow>('password.candidate-by-id', `${candidates} u.id = $2`);

/** What stands in the way apart from a lock. */
export function obstacle(found: CandidateRow | undefined, correct: boolean): Because | undefined {
  if (!found) return 'unknownUser';
  if (found.password_hash === null) return 'noPassword';
  if (!correct) return 'wrongPassword';
  return found.may_sign_in ? undefined : 'mayNotSignIn';
}

export function provenFrom(organizationId: string, row: CandidateRow): Proven {
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
