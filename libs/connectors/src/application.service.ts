import { Injectable } from '@nestjs/common';
import { type Caller, narrowedTo, type Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConflictError, type CursorPageOf, NotFoundError } from '@app/kernel';
import { Database, statement, violatedUnique } from '@app/persistence';
import { Application } from './application.entity.js';

export interface ApplicationRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly is_directory: boolean;
  readonly user_count: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** `$2` narrows a SOURCE_SUBADMIN to connectors they own: what they cannot see is not counted either. */
const columns = `a.id, a.name, a.description, a.is_directory, a.created_at, a.updated_at,
  coalesce((select sum(t.delta) from account_tally t join connector c on c.organization_id = $1 and c.id = t.connector_id
             where t.organization_id = $1 and c.application_id = a.id and ($2::uuid is null or exists (
               select 1 from connector_owner w where w.organization_id = $1 and w.connector_id = c.id and w.user_id = $2))), 0)::bigint as user_count`;

/** `$2` narrows a SOURCE_SUBADMIN to applications with a connector they own. */
const visible = `a.organization_id = $1 and ($2::uuid is null or exists (
  select 1 from connector c join connector_owner w on w.organization_id = $1 and w.connector_id = c.id
   where c.organization_id = $1 and c.application_id = a.id and w.user_id = $2))`;

const listApplications = statement<ApplicationRow>(
  'application.list',
  `select ${columns} from application a where ${visible} and ($3::uuid is null or a.id > $3) order by a.id limit $4`,
);
const getApplication = statement<ApplicationRow>(
  'application.get',
  `select ${columns} from application a where ${visible} and a.id = $3`,
);
const getApplications = statement<ApplicationRow>(
  'application.by-ids',
  `select ${columns} from application a where ${visible} and a.id = any($3::uuid[]) order by a.id`,
);

@Injectable()
export class ApplicationService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  async list(principal: Principal, limit: number, after: string | null): Promise<CursorPageOf<ApplicationRow>> {
    const rows = await this.database.query(principal, listApplications, [
      narrowedTo(principal, 'connectors:read'),
      after,
      limit + 1,
    ]);
    const items = rows.slice(0, limit);
    return { items, hasNextPage: rows.length > limit, endCursor: items.at(-1)?.id ?? null };
  }

  async get(principal: Principal, id: string): Promise<ApplicationRow> {
    const [row] = await this.database.query(principal, getApplication, [narrowedTo(principal, 'connectors:read'), id]);
    if (!row) throw new NotFoundError('application');
    return row;
  }

  /** Those of them that the caller sees. */
  async ofIds(principal: Principal, ids: readonly string[]): Promise<ApplicationRow[]> {
    if (ids.length === 0) return [];
    return this.database.query(principal, getApplications, [narrowedTo(principal, 'connectors:read'), ids]);
  }

  async create(caller: Caller, given: { name: string; description: string }): Promise<string> {
    try {
      return await this.database.inTransaction(caller, async (tx) => {
        const application = Application.named(tx.organizationId, given.name);
        application.description = given.description;
        tx.em.persist(application);
        const after = { name: application.name, description: application.description };
        await this.audit.record(tx, {
          action: 'application.created',
          subjectType: 'application',
          subjectId: application.id,
          after,
        });
        return application.id;
      });
    } catch (error) {
      if (violatedUnique(error)) throw new ConflictError('An application of this name exists.');
      throw error;
    }
  }
}
