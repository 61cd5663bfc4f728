import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId, NotFoundError } from '@app/kernel';
import { Database, statement } from '@app/persistence';

export interface UserRow {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly external_id: string | null;
  readonly system: boolean;
  readonly user_name: string;
  readonly display_name: string;
  readonly active: boolean;
  readonly inactive_reason: 'manual' | 'tooManyFailedLogons' | 'externalAccountDisabled' | null;
  readonly email: string | null;
  readonly unix_home_directory: string | null;
  readonly unix_user_name: string | null;
  readonly user_principal_name: string | null;
  readonly invitation_pending: boolean;
  readonly invitation_expires_at: string | null;
  readonly deleted_at: string | null;
  readonly temporarily_locked: boolean;
}

const userById = statement<UserRow>(
  'user.by-id',
  `select u.id, u.created_at, u.updated_at, u.external_id, u.system, u.user_name, u.display_name, u.active,
          u.inactive_reason, u.email, u.unix_home_directory, u.unix_user_name, u.user_principal_name,
          u.invitation_pending, u.invitation_expires_at, u.deleted_at,
          coalesce(l.locked_until > now(), false) as temporarily_locked
     from app_user u left join login_attempt l on l.organization_id = $1 and l.user_id = u.id
    where u.organization_id = $1 and u.id = $2`,
);

/** Reads users, deleted ones too: who may meet those is for the surface to say. */
@Injectable()
export class UserService {
  constructor(private readonly database: Database) {}

  async get(caller: Pick<Caller, 'organizationId'>, id: string): Promise<UserRow> {
    const [user] = isId(id) ? await this.database.query(caller, userById, [id]) : [];
    if (!user) throw new NotFoundError('user');
    return user;
  }
}
