import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { type Caller, narrowedTo, type Principal, requirePermission } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConflictError, type CursorPageOf, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction, violatedUnique } from '@app/persistence';
import { setDirectory } from './application-directories.js';
import { Application } from './application.entity.js';
import { type ConnectorConfig, rulesOf } from './connector-config.js';
import { ConnectorOwnerService } from './connector-owner.service.js';
import { Connector } from './connector.entity.js';
import { holdApplication } from './held-application.js';
import { nextRunOf, type Schedule } from './schedule.js';

export interface ConnectorRow {
  readonly id: string;
  readonly application_id: string;
  readonly name: string;
  readonly description: string;
  readonly kind: string;
  readonly config: ConnectorConfig;
  readonly owner_user_ids: string[];
  readonly sync_disabled_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly schedule_cron: string | null;
  readonly schedule_time_zone: string | null;
  readonly schedule_starts_at: string | null;
  readonly run_state: string | null;
  readonly run_error: string | null;
  readonly run_started_at: string | null;
  readonly run_finished_at: string | null;
  readonly run_updated_at: string | null;
}

export interface ConnectorContent {
  readonly name: string;
  readonly description: string;
  readonly config: ConnectorConfig;
  /** Who owns it from now on in the first role; absent: whoever does. */
  readonly userIds?: readonly string[] | undefined;
}

export type ConnectorChange = { readonly [field in keyof ConnectorContent]?: ConnectorContent[field] | undefined };

const columns = `c.id, c.application_id, c.name, c.description, c.kind, c.config, c.sync_disabled_at, c.created_at, c.updated_at,
  array(select w.user_id from connector_owner w where w.organization_id = $1 and w.connector_id = c.id
         group by w.user_id order by min(w.created_at), w.user_id)::text[] as owner_user_ids,
  s.cron as schedule_cron, s.time_zone as schedule_time_zone, s.starts_at as schedule_starts_at, r.state as run_state, r.error as run_error, r.started_at as run_started_at, r.finished_at as run_finished_at,
  r.updated_at as run_updated_at`;

const scheduleAndRun = `left join schedule s on s.organization_id = $1 and s.connector_id = c.id
 left join lateral (
  select state, error, started_at, finished_at, updated_at from sync_run
   where organization_id = $1 and connector_id = c.id and not dry_run order by created_at desc, id desc limit 1) r on true`;

const visible = `c.organization_id = $1 and c.deleted_at is null and ($2::uuid is null or exists (
  select 1 from connector_owner w where w.organization_id = $1 and w.connector_id = c.id and w.user_id = $2))`;

const listConnectors = statement<ConnectorRow>(
  'connector.list',
  `select ${columns} from connector c ${scheduleAndRun}
    where ${visible} and c.application_id = $3 and ($4::uuid is null or c.id > $4) order by c.id limit $5`,
);
const getConnector = statement<ConnectorRow>(
  'connector.get',
  `select ${columns} from connector c ${scheduleAndRun} where ${visible} and c.application_id = $3 and c.id = $4`,
);

const replaceMappings = statement<never>(
  undefined,
  `with wanted as (select * from jsonb_to_recordset($3::jsonb) as m(account_attribute text, owner_field text)),
   gone as (delete from attribute_mapping where organization_id = $1 and connector_id = $2
             and owner_field not in (select owner_field from wanted))
   insert into attribute_mapping (organization_id, connector_id, account_attribute, owner_field, priority)
   select $1, $2, account_attribute, owner_field, $4 from wanted
   on conflict (organization_id, connector_id, owner_field)
     do update set account_attribute = excluded.account_attribute, priority = excluded.priority`,
);
const clearRules = statement<never>(
  undefined,
  `delete from correlation_rule where organization_id = $1 and connector_id = $2`,
);
const insertRules = statement<never>(
  undefined,
  `insert into correlation_rule (organization_id, connector_id, position, account_attribute, owner_attribute)
   select $1, $2, r.position, r.account, r.owner
     from jsonb_to_recordset($3::jsonb) as r(position integer, account text, owner text)`,
);

const getSchedule = statement<{ cron: string; timeZone: string; startsAt: string | null }>(
  undefined,
  `select cron, time_zone as "timeZone", starts_at as "startsAt" from schedule where organization_id = $1 and connector_id = $2 for update`,
);
const putSchedule = statement<never>(
  undefined,
  `insert into schedule (organization_id, connector_id, cron, time_zone, starts_at, next_run_at) values ($1, $2, $3, $4, $5, $6)
   on conflict (organization_id, connector_id) do update set
     cron = excluded.cron, time_zone = excluded.time_zone, starts_at = excluded.starts_at, next_run_at = excluded.next_run_at`,
);
const deleteSchedule = statement<never>(
  undefined,
  `delete from schedule where organization_id = $1 and connector_id = $2`,
);
/** Two who change its schedule or its owners at once go one after the other. */
const holdConnector = statement<{ id: string }>(
  undefined,
  `select id from connector
    where organization_id = $1 and application_id = $2 and id = $3 and deleted_at is null for no key update`,
);
@Injectable()
export class ConnectorService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly owners: ConnectorOwnerService,
  ) {}

  async list(
    principal: Principal,
    applicationId: string,
    limit: number,
    after: string | null,
  ): Promise<CursorPageOf<ConnectorRow>> {
    const values = [narrowedTo(principal, 'connectors:read'), applicationId, after, limit + 1];
    const rows = await this.database.query(principal, listConnectors, values);
    const items = rows.slice(0, limit);
    return { items, hasNextPage: rows.length > limit, endCursor: items.at(-1)?.id ?? null };
  }

  async get(principal: Principal, applicationId: string, id: string): Promise<ConnectorRow> {
    const [row] = await this.database.query(principal, getConnector, [
      narrowedTo(principal, 'connectors:read'),
      applicationId,
      id,
    ]);
    if (!row) throw new NotFoundError('connector');
    return row;
  }

  async create(caller: Principal, applicationId: string, given: ConnectorContent): Promise<string> {
    requireRightToOwners(caller, given);
    return this.changing(caller, async (tx) => {
      await holdApplication(tx, caller, applicationId, given.config.authoritative ? 'change' : 'stay');
      const application = await tx.em.findOneOrFail(Application, applicationId);
      const connector = Connector.of(application, given.name);
      connector.description = given.description;
      connector.configure(given.config);
      tx.em.persist(connector);
      await this.writeConfig(tx, connector);
      const after = { name: connector.name, description: connector.description, applicationId, config: given.config };
      await this.audit.record(tx, {
        action: 'connector.created',
        subjectType: 'connector',
        subjectId: connector.id,
        after,
      });
      if (connector.authoritative) await setDirectory(tx, this.audit, application, true);
      if (given.userIds) await this.owners.replace(tx, connector.id, this.owners.firstRole, given.userIds);
      return connector.id;
    });
  }

  async update(caller: Principal, applicationId: string, id: string, change: ConnectorChange): Promise<void> {
    requireRightToOwners(caller, change);
    await this.changing(caller, async (tx) => {
      // An application with an authoritative connector is where people come from: before the connector, which is held next.
      const raises = change.config?.authoritative === true;
      if (raises) await holdApplication(tx, caller, applicationId);
      await tx.query(holdConnector, [applicationId, id]);
      const connector = await tx.em.findOne(Connector, { id, applicationId, deletedAt: null });
      if (!connector) throw new NotFoundError('connector');
      if (change.userIds) await this.owners.replace(tx, id, this.owners.firstRole, change.userIds);

      const before = { name: connector.name, description: connector.description, config: connector.config };
      if (change.name !== undefined) connector.rename(change.name);
      if (change.description !== undefined) connector.description = change.description;
      if (change.config !== undefined && !sameJson(change.config, connector.config)) connector.configure(change.config);
      const after = { name: connector.name, description: connector.description, config: connector.config };
      if (JSON.stringify(before) === JSON.stringify(after)) return;

      await this.writeConfig(tx, connector);
      if (before.name !== after.name) tx.announce({ kind: 'connector.renamed', ids: [id] });
      if (rulesOf(before.config) !== rulesOf(after.config)) tx.announce({ kind: 'connector.rulesChanged', ids: [id] });
      await this.audit.record(tx, {
        action: 'connector.updated',
        subjectType: 'connector',
        subjectId: id,
        before,
        after,
      });
      if (raises) await setDirectory(tx, this.audit, await tx.em.findOneOrFail(Application, applicationId), true);
    });
  }

  /** When the connector is read by the clock; null: only when somebody asks. */
  async schedule(caller: Caller, applicationId: string, id: string, schedule: Schedule | null): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const [connector] = await tx.query(holdConnector, [applicationId, id]);
      if (!connector) throw new NotFoundError('connector');
      const [before] = await tx.query(getSchedule, [id]);
      const after = schedule && { ...schedule, startsAt: schedule.startsAt?.toISOString() ?? null };
      if (sameJson(before ?? {}, after ?? {})) return;
      const next = schedule && nextRunOf(schedule, new Date());
      if (schedule && next) {
        await tx.query(putSchedule, [id, schedule.cron, schedule.timeZone, schedule.startsAt, next]);
      } else await tx.query(deleteSchedule, [id]);
      await this.audit.record(tx, {
        action: 'connector.scheduled',
        subjectType: 'connector',
        subjectId: id,
        before: { schedule: before ?? null },
        after: { schedule: after },
      });
    });
  }

  private async writeConfig(tx: Transaction, { id, config }: Connector): Promise<void> {
    const mappings = Object.entries(config.ownerMapping).map(([from, to]) => ({
      account_attribute: from,
      owner_field: to,
    }));
    const rules = config.correlationRules.map((rule, position) => ({ position, ...rule }));
    await tx.query(replaceMappings, [id, JSON.stringify(mappings), config.priority]);
    await tx.query(clearRules, [id]);
    await tx.query(insertRules, [id, JSON.stringify(rules)]);
  }

  private async changing<T>(caller: Caller, work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await this.database.inTransaction(caller, work);
    } catch (error) {
      if (violatedUnique(error)) throw new ConflictError('A connector of this name exists in this application.');
      throw error;
    }
  }
}

/** Who owns a connector is a right of its own. */
function requireRightToOwners(caller: Principal, { userIds }: ConnectorChange): void {
  if (userIds) requirePermission(caller, 'connector-owners:write');
}

/** The database keeps the keys of an object in an order of its own, and its objects have a prototype. */
function sameJson(one: object, other: object): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
