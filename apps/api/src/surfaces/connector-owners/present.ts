import type { ApplicationRow, ConnectorRow, StoredFile } from '@app/connectors';
import type { RunChange, SyncRun } from '@app/sync';

/** int64 goes out as a string, and what the vendor's strict client refuses as null is left out. */
export function presentApp(row: ApplicationRow, owners: readonly object[]) {
  return {
    id: row.id,
    displayName: row.name,
    description: row.description,
    isDirectory: row.is_directory,
    isManuallyManaged: false,
    appOwners: owners,
    userCount: String(row.user_count),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: null,
  };
}

/** A directory is an application that says who somebody is. */
export function presentDirectory({ id, created_at, updated_at }: ApplicationRow) {
  return { appId: id, createdAt: created_at, updatedAt: updated_at, deletedAt: null };
}

export function presentConnector(row: ConnectorRow) {
  return {
    id: row.id,
    appId: row.application_id,
    catalogId: row.kind,
    displayName: row.name,
    description: row.description,
    userIds: row.owner_user_ids,
    config: { '@type': 'ostiary.connectors.v1.DelimitedFile', ...row.config },
    status: {
      status: syncStatus(row),
      lastError: row.run_error ?? '',
      startedAt: row.run_started_at,
      completedAt: row.run_finished_at,
      updatedAt: row.run_updated_at,
    },
    syncDisabledAt: row.sync_disabled_at,
    syncDisabledReason: '',
    canResumeSync: row.sync_disabled_at !== null || row.run_state === 'paused',
    ...(row.schedule_cron !== null && { connectorSyncCronSchedule: presentSchedule(row) }),
    disableCheckBadSync: false,
    profileAllowList: [],
    profileIgnoreList: [],
    downloadUrl: '',
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: null,
  };
}

function presentSchedule({ schedule_cron, schedule_time_zone, schedule_starts_at }: ConnectorRow) {
  return {
    cronSpec: schedule_cron,
    timezone: schedule_time_zone,
    ...(schedule_starts_at !== null && { start: schedule_starts_at }),
  };
}

export function presentConnectorView(row: ConnectorRow) {
  return { connector: presentConnector(row), appPath: '', usersPath: '', capabilitiesPath: '' };
}

function syncStatus(row: ConnectorRow): string {
  if (row.sync_disabled_at !== null) return 'SYNC_STATUS_DISABLED';
  switch (row.run_state) {
    case 'queued':
    case 'running':
    case 'paused':
      return 'SYNC_STATUS_RUNNING';
    case 'succeeded':
      return 'SYNC_STATUS_DONE';
    case 'failed':
    case 'needs_confirmation':
      return 'SYNC_STATUS_ERROR';
    default:
      return 'SYNC_STATUS_UNSPECIFIED';
  }
}

export function presentFile(file: StoredFile) {
  return {
    id: file.id,
    name: file.name,
    sizeBytes: String(file.sizeBytes),
    sha256: file.sha256,
    rows: file.rows,
    refusedRows: file.refusedRows,
    firstRefused: file.firstRefused.map(presentRefusedRow),
  };
}

export function presentRefusedRow(row: { line: number; reason: string; message: string }) {
  return { line: row.line, reason: row.reason, message: row.message };
}

export function presentChange(row: RunChange) {
  return {
    change: row.change,
    subject: { type: row.subject_type, id: row.subject_id ?? '' },
    line: row.line ?? 0,
    name: row.name,
    nativeIdentity: row.native_identity ?? '',
    before: row.before,
    after: row.after,
  };
}

export function presentRun(run: SyncRun) {
  return {
    id: run.id,
    connectorId: run.connector_id,
    fileId: run.file_id,
    state: run.state,
    stage: run.stage,
    dryRun: run.dry_run,
    rowsRead: run.rows_read,
    rowsRefused: run.rows_refused,
    rowsToApply: run.rows_to_apply,
    rowsApplied: run.rows_applied,
    accountsCreated: run.accounts_created,
    accountsUpdated: run.accounts_updated,
    accountsUnchanged: run.accounts_unchanged,
    accountsRemoved: run.accounts_removed,
    accountsReturned: run.accounts_returned,
    accountsLinked: run.accounts_linked,
    accountsUnlinked: run.accounts_unlinked,
    ownersCreated: run.owners_created,
    ownersUpdated: run.owners_updated,
    ownersDeactivated: run.owners_deactivated,
    error: run.error ?? '',
    requestedBy: run.requested_by,
    createdAt: run.created_at,
    startedAt: run.started_at,
    finishedAt: run.finished_at,
    updatedAt: run.updated_at,
  };
}
