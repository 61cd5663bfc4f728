import { parseConnectorConfig } from '@app/connectors';
import { newId } from '@app/kernel';
import type { TestApi } from './api.js';
import type { GivenOrganization, Row } from './given.js';

/** A record of every kind there is, with the same names in every organization that gets them. */
export interface SampleOrganization {
  readonly organization: GivenOrganization;
  readonly application: Row;
  readonly connector: Row;
  readonly owner: Row;
  readonly account: Row;
  readonly orphan: Row;
  /** The account holds it. */
  readonly entitlement: Row;
  readonly clientId: string;
  readonly keyId: string;
  readonly fileId: string;
  readonly runId: string;
  /** Of the account, and done. */
  readonly taskId: string;
  /** Somebody with one role. */
  readonly user: Row;
  readonly roleAssignmentId: string;
  readonly sessionId: string;
  /** A group with the user in it. */
  readonly groupId: string;
  /** A group of the organization's account with the user in it. */
  readonly accountGroupId: string;
  /** One that this one manages. */
  readonly managedId: string;
}

export async function sampleOrganization(api: TestApi, organization?: GivenOrganization): Promise<SampleOrganization> {
  const home = organization ?? (await api.given.organization());
  const application = await home.application({ name: 'Payroll', is_directory: true });
  const config = parseConnectorConfig({ kind: 'delimited-file', mapping: { login: 'nativeIdentity' } });
  const connector = await home.connector(application, { name: 'Payroll export', config });
  const owner = await home.owner({ name: 'Ada Amir', email: 'ada@example.com', department: 'Board' });
  const account = await home.account(connector, owner, { name: 'ada', native_identity: 'ada' });
  const orphan = await home.account(connector, null, {
    name: 'nobody',
    native_identity: 'nobody',
    email: 'ada@example.com',
  });
  const entitlement = await home.entitlement(connector, { value: 'Wages' });
  await home.holds(account, entitlement);
  const { fileId, runId } = await finishedRun(api, home, connector);
  const user = await home.user({ user_name: 'ada the user' });
  const { clientId, keyId } = await credentials(api, home, user);
  const roleAssignmentId = newId();
  const assignment = { organization_id: home.id, id: roleAssignmentId, user_id: user.id, role: 'HELPDESK' };
  await api.given.insert('role_assignment', assignment);
  await home.connectorOwner(connector, user);
  await home.applicationOwner(application, user);
  await home.entitlementOwner(connector, entitlement);
  const groupId = newId();
  await api.given.insert('user_group', { organization_id: home.id, id: groupId, name: 'Helpers', name_key: 'helpers' });
  await api.given.insert('membership', { organization_id: home.id, group_id: groupId, user_id: user.id });
  const accountGroupId = newId();
  const kept = { organization_id: home.id, id: accountGroupId, kind: 'org_group' };
  await api.given.insert('user_group', { ...kept, name: 'Engineering team', name_key: 'engineering team' });
  await api.given.insert('membership', { organization_id: home.id, group_id: accountGroupId, user_id: user.id });
  const taskId = newId();
  const asked = { organization_id: home.id, id: taskId, kind: 'account.disable', requested_by: 'Ada' };
  const about = { subject_type: 'account', subject_id: account.id, connector_id: connector.id };
  await api.given.insert('task', { ...asked, ...about, state: 'succeeded', finished_at: new Date() });
  const { id: managedId } = await api.given.organization({ parent_id: home.id, account_type: 'MANAGED' });
  const sessionId = newId();
  const session = { organization_id: home.id, id: sessionId, user_id: user.id, credential_version: 1 };
  await api.given.insert('session', { ...session, expires_at: new Date(Date.now() + 3_600_000) });
  const people = {
    owner,
    account,
    orphan,
    entitlement,
    user,
    sessionId,
    roleAssignmentId,
    clientId,
    keyId,
    groupId,
    accountGroupId,
    managedId,
  };
  return { organization: home, application, connector, fileId, runId, taskId, ...people };
}

/** A client and a key, whose secrets nobody knows. */
async function credentials(api: TestApi, { id: organization_id }: GivenOrganization, user: Row) {
  const [clientId, keyId] = [newId(), newId()];
  const client = { organization_id, id: clientId, client_id: clientId, name: 'Nightly', user_id: user.id, roles: [] };
  await api.given.insert('oauth_client', { ...client, public_key: '{}' });
  const key = { organization_id, id: keyId, name: 'Page', level: 'ACCOUNT', permission: 'VIEW', prefix: 'ostk_abc' };
  await api.given.insert('api_key', { ...key, key_hash: Buffer.from(keyId) });
  return { clientId, keyId };
}

/** A file of one row and a run that read it and refused one more. */
async function finishedRun(api: TestApi, { id: organization_id }: GivenOrganization, connector: Row) {
  const [fileId, runId] = [newId(), newId()];
  const file = {
    organization_id,
    id: fileId,
    connector_id: connector.id,
    name: 'export.csv',
    size_bytes: 10,
    sha256: '',
  };
  await api.given.insert('connector_file', { ...file, uploaded_by: 'Ada', taken_at: new Date(), complete: true });
  const chunk = { organization_id, file_id: fileId, position: 0, content: Buffer.from('login\nada\n') };
  await api.given.insert('connector_file_chunk', chunk);
  const run = { organization_id, id: runId, connector_id: connector.id, file_id: fileId, requested_by: 'Ada' };
  const end = { state: 'succeeded', stage: 'done', rows_read: 2, rows_refused: 1, finished_at: new Date() };
  await api.given.insert('sync_run', { ...run, ...end });
  const refused = { line: 3, reason: 'wrong_column_count', message: 'The row has 2 cells, the header 1.' };
  await api.given.insert('refused_row', { organization_id, run_id: runId, ...refused });
  return { fileId, runId };
}
