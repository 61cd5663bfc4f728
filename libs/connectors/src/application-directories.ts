import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { type CursorPageOf, NotFoundError, PreconditionError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { Application } from './application.entity.js';
import { applicationColumns, applicationReach, type ApplicationRow, visibleApplication } from './application-row.js';
import { holdApplication } from './held-application.js';

/** How long a page is decides over the plan, so it is made each time. */
const listDirectories = statement<ApplicationRow>(
  undefined,
  `select ${applicationColumns} from application a
    where ${visibleApplication} and a.is_directory and ($3::uuid is null or a.id > $3) order by a.id limit $4`,
);
const getDirectory = statement<ApplicationRow>(
  'application.directory',
  `select ${applicationColumns} from application a where ${visibleApplication} and a.id = $3 and a.is_directory`,
);
const makesPeople = statement<{ id: string }>(
  undefined,
  `select id from connector
    where organization_id = $1 and application_id = $2 and authoritative and deleted_at is null limit 1`,
);

/** Applications that say who somebody is. One with an authoritative connector always does. */
@Injectable()
export class ApplicationDirectories {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  async list(principal: Principal, limit: number, after: string | null): Promise<CursorPageOf<ApplicationRow>> {
    const values = [narrowedTo(principal, 'connectors:read'), after, limit + 1];
    const rows = await this.database.query(principal, listDirectories, values);
    const items = rows.slice(0, limit);
    return { items, hasNextPage: rows.length > limit, endCursor: items.at(-1)?.id ?? null };
  }

  async get(principal: Principal, id: string): Promise<ApplicationRow> {
    const [row] = await this.database.query(
      principal,
      getDirectory,
      applicationReach(principal, 'connectors:read', id),
    );
    if (!row) throw new NotFoundError('directory');
    return row;
  }

  async raise(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      await holdApplication(tx, caller, id);
      await setDirectory(tx, this.audit, await tx.em.findOneOrFail(Application, id), true);
    });
  }

  /** The application stays, and so does whoever came from it. */
  async lower(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      await holdApplication(tx, caller, id);
      const application = await tx.em.findOneOrFail(Application, id);
      if (!application.isDirectory) throw new NotFoundError('directory');
      if ((await tx.query(makesPeople, [id])).length > 0) {
        const first = 'delete it, or let it be authoritative no longer, first.';
        throw new PreconditionError(`The application has an authoritative connector: ${first}`);
      }
      await setDirectory(tx, this.audit, application, false);
    });
  }
}

/** Of an application that is held. */
export async function setDirectory(
  tx: Transaction,
  audit: AuditTrail,
  application: Application,
  isDirectory: boolean,
): Promise<void> {
  if (application.isDirectory === isDirectory) return;
  application.isDirectory = isDirectory;
  await audit.record(tx, {
    action: 'application.updated',
    subjectType: 'application',
    subjectId: application.id,
    before: { isDirectory: !isDirectory },
    after: { isDirectory },
  });
}
