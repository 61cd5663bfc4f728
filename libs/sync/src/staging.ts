import { createHash } from 'node:crypto';
import type { AcceptedRow, ConnectorConfig, SourceOwner, SourceRow } from '@app/connectors';
import { fold, foldOrNull } from '@app/kernel';
import { type Database, statement, systemStatement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

const open = systemStatement<never>(undefined, `select open_staging($1)`);
const indexed = systemStatement<never>(undefined, `select index_staging($1)`);
const close = systemStatement<never>(undefined, `select close_staging($1)`);
const clearRefused = statement<never>(undefined, `delete from refused_row where organization_id = $1 and run_id = $2`);
const insertRefused = statement<never>(
  undefined,
  `insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $2, r.line, r.reason, left(r.message, 1000), r."accountKey"
     from jsonb_to_recordset($3::jsonb) as r(line integer, reason text, message text, "accountKey" text)
   on conflict do nothing`,
);

const columns = [
  'run_id',
  'line',
  'native_key',
  'native_identity',
  'native_identity_key',
  'name',
  'name_key',
  'display_name',
  'uuid',
  'email',
  'email_key',
  'description',
  'correlation_keys',
  'disabled',
  'locked',
  'system_account',
  'source_created_at',
  'last_login_at',
  'mfa_enabled',
  'password_enabled',
  'password_last_set_at',
  'privileged',
  'vaulted',
  'shared',
  'breached',
  'failed_logins',
  'failed_logins_at',
  'in_privileged_group',
  'in_highly_privileged_group',
  'has_highly_privileged_role',
  'attributes',
  'entitlements',
  'entitlement_count',
  'owner_fields',
  'owner_email_key',
  'identity_key',
  'manager_key',
  'source_hash',
];
/** Into the run's own partition by name: through the parent, a long file would keep other runs from opening theirs. */
function copyRows(run: LeasedRun) {
  const partition = `staged_account_${run.id.replaceAll('-', '')}`;
  return systemStatement<never>(undefined, `copy ${partition} (${columns.join(', ')}) from stdin`);
}

const copyBatch = 512;
const refusedBatch = 1_000;
const reason = 'staging rows belong to a run and hold no organization';

export interface ReadResult {
  readonly rows: number;
  readonly refused: number;
}

/** Reads the file once into the run's own unlogged partition by COPY; nothing else is touched. */
export async function stage(database: Database, run: LeasedRun, rows: AsyncIterable<SourceRow>): Promise<ReadResult> {
  await database.asSystem(reason, (system) => system.query(open, [run.id]));
  await database.query(run.caller, clearRefused, [run.id]);
  const reader = new StagingReader(database, run);
  await database.asSystem(reason, (system) => system.copyIn(copyRows(run), reader.lines(rows)));
  await database.asSystem(reason, (system) => system.query(indexed, [run.id]));
  return reader.result;
}

export async function unstage(database: Database, runId: string): Promise<void> {
  await database.asSystem(reason, (system) => system.query(close, [runId]));
}

class StagingReader {
  result: { rows: number; refused: number } = { rows: 0, refused: 0 };
  private refused: Exclude<SourceRow, AcceptedRow>[] = [];

  constructor(
    private readonly database: Database,
    private readonly run: LeasedRun,
  ) {}

  async *lines(rows: AsyncIterable<SourceRow>): AsyncGenerator<string> {
    let text = '';
    for await (const row of rows) {
      this.result.rows++;
      if ('account' in row) text += copyLine(this.run, row);
      else await this.refuse(row);
      if (this.result.rows % copyBatch === 0) {
        if (text !== '') yield text;
        text = '';
      }
      if (this.result.rows % 20_000 === 0) await this.run.enter('reading', { rows_read: this.result.rows });
    }
    await this.flush();
    if (text !== '') yield text;
  }

  private async refuse(row: Exclude<SourceRow, AcceptedRow>): Promise<void> {
    this.result.refused++;
    if (this.refused.push(row) >= refusedBatch) await this.flush();
  }

  private async flush(): Promise<void> {
    if (this.refused.length === 0) return;
    await this.database.query(this.run.caller, insertRefused, [this.run.id, JSON.stringify(this.refused)]);
    this.refused = [];
  }
}

function copyLine(run: LeasedRun, { line, accountKey, account }: AcceptedRow): string {
  const failedLoginsAt = account.failedLogins > 0 ? run.fileTakenAt : null;
  const ownerFields = account.owner ? JSON.stringify(ownerColumns(run.config, account.owner)) : null;
  const hash = createHash('sha256')
    .update(JSON.stringify([account, failedLoginsAt]))
    .digest('hex')
    .slice(0, 32);
  const fields: (string | number | boolean | null)[] = [
    run.id,
    line,
    accountKey,
    account.nativeIdentity,
    fold(account.nativeIdentity),
    account.name,
    fold(account.name),
    account.displayName,
    account.uuid,
    account.email,
    foldOrNull(account.email),
    account.description,
    arrayText(account.correlation),
    account.disabled,
    account.locked,
    account.systemAccount,
    account.createdAt,
    account.lastLoginAt,
    account.mfaEnabled,
    account.passwordEnabled,
    account.passwordLastSetAt,
    account.privileged,
    account.vaulted,
    account.shared,
    account.breached,
    account.failedLogins,
    failedLoginsAt,
    account.inPrivilegedGroup,
    account.inHighlyPrivilegedGroup,
    account.hasHighlyPrivilegedRole,
    JSON.stringify(account.attributes),
    JSON.stringify(account.entitlements.map((held) => ({ ...held, key: fold(held.value) }))),
    account.entitlements.length,
    ownerFields,
    foldOrNull(account.owner?.email),
    foldOrNull(account.owner?.identityId),
    foldOrNull(account.owner?.manager),
    `\\x${hash}`,
  ];
  return `${fields.map(copyField).join('\t')}\n`;
}

const special: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One field in COPY's text format. */
export function copyField(value: string | number | boolean | null): string {
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return typeof value === 'number'
    ? String(value)
    : value.replaceAll(/[\\\t\n\r]/g, (character) => special[character]!);
}

/** A text[] literal of folded keys; null stays null. */
export function arrayText(values: readonly (string | null)[]): string {
  const items = values.map((value) => (value === null ? 'NULL' : `"${fold(value).replaceAll(/["\\]/g, '\\$&')}"`));
  return `{${items.join(',')}}`;
}

/** Owner columns that the connector's mapping reaches: an update leaves all others alone. */
function ownerColumns(config: ConnectorConfig, owner: SourceOwner): Record<string, unknown> {
  const mapped = new Set<string>(Object.values(config.ownerMapping));
  const all: Record<string, [field: string, value: unknown]> = {
    name: ['name', owner.name],
    name_key: ['name', fold(owner.name)],
    email: ['email', owner.email],
    email_key: ['email', foldOrNull(owner.email)],
    alt_email: ['altEmail', owner.altEmail],
    alt_email_key: ['altEmail', foldOrNull(owner.altEmail)],
    department: ['department', owner.department],
    department_key: ['department', foldOrNull(owner.department)],
    title: ['title', owner.title],
    title_key: ['title', foldOrNull(owner.title)],
    location: ['location', owner.location],
    owner_type: ['ownerType', owner.ownerType],
    employment_type: ['employmentType', owner.employmentType],
    status: ['status', owner.status],
    mobile_phone: ['mobilePhone', owner.mobilePhone],
    phone: ['phone', owner.phone],
    start_date: ['startDate', owner.startDate],
    end_date: ['endDate', owner.endDate],
  };
  const kept = Object.entries(all).filter(([, [field]]) => mapped.has(field));
  return {
    ...Object.fromEntries(kept.map(([column, [, value]]) => [column, value])),
    identity_id: owner.identityId,
    metadata: owner.metadata,
  };
}
