import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { NotFoundError } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import type { ConnectorConfig } from './connector-config.js';
import { ConnectorOwnerService } from './connector-owner.service.js';
import type { Schedule } from './schedule.js';

interface Deleted {
  readonly name: string;
  readonly description: string;
  readonly config: ConnectorConfig;
}

/** Held against everybody who reads from it, or writes its accounts; the record stays, for its accounts and runs point at it. */
const markDeleted = statement<Deleted>(
  undefined,
  `update connector set deleted_at = now(), updated_at = now()
    where organization_id = $1 and application_id = $2 and id = $3 and deleted_at is null
   returning name, description, config`,
);
const dropSchedule = statement<Schedule>(
  undefined,
  `delete from schedule where organization_id = $1 and connector_id = $2
   returning cron, time_zone as "timeZone", starts_at as "startsAt"`,
);
/** What was delivered is nobody's business any more; that it was, runs still tell. */
const forgotten = [
  `delete from attribute_mapping where organization_id = $1 and connector_id = $2`,
  `delete from correlation_rule where organization_id = $1 and connector_id = $2`,
  `delete from connector_file_chunk k using connector_file f
    where f.organization_id = $1 and f.connector_id = $2 and k.organization_id = $1 and k.file_id = f.id`,
].map((text) => statement<never>(undefined, text));

/** Connectors that are given up: nothing shows them any more, and their names are free. People whom they made stay. */
@Injectable()
export class ConnectorDeletion {
  constructor(
    private readonly database: Database,
    private readonly owners: ConnectorOwnerService,
    private readonly audit: AuditTrail,
  ) {}

  /** With its accounts, however many, in one transaction: whoever announces it is heard by those who keep them. */
  async delete(caller: Principal, applicationId: string, connectorId: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      await tx.takeLong();
      const [connector] = await tx.query(markDeleted, [applicationId, connectorId]);
      if (!connector) throw new NotFoundError('connector');
      await this.owners.removeAll(tx, connectorId);
      const [schedule = null] = await tx.query(dropSchedule, [connectorId]);
      for (const forget of forgotten) await tx.execute(forget, [connectorId]);
      await this.audit.record(tx, {
        action: 'connector.deleted',
        subjectType: 'connector',
        subjectId: connectorId,
        before: { applicationId, ...connector, schedule },
      });
      tx.announce({ kind: 'connector.deleted', ids: [connectorId] });
    });
  }
}
