import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AuditTrail } from '@app/audit';
import { newId } from '@app/kernel';
import { OwnerWrites } from '@app/owners';
import { principalOf } from '../../../../test/support/callers.js';
import { Workbench } from '../../../../test/support/workbench.js';
import { purge } from './purge.js';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, OwnerWrites]);
  vi.stubEnv('DATABASE_URL', bench.ownerUrl);
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await bench.close();
});

it('an owner who was deleted before leaves nothing in removed accounts, refused rows and tasks; what others had since stays', async () => {
  const { given } = bench;
  const company = await given.organization();
  const own = { organization_id: company.id };
  const connector = await company.connector(await company.application());
  const ada = await company.owner({ name: 'Ada Canary', email: 'ada@canary.example' });
  const bo = await company.owner({ name: 'Bo' });
  const named = (name: string) => ({ name, native_identity: name, native_key: name, native_identity_key: name });
  const removed = await company.account(connector, ada, { ...named('canary-removed'), deleted_at: new Date() });
  const later = await company.account(connector, ada, named('canary-later'));
  const live = await company.account(connector, ada, named('a-login'));
  const moved = await company.account(connector, ada, named('moved-login'));
  const stranger = await company.account(connector, null, { ...named('stranger'), deleted_at: new Date() });

  const file = newId();
  const uploaded = { name: 'f', size_bytes: 1, sha256: 'x', taken_at: new Date(), uploaded_by: 'Bo' };
  await given.insert('connector_file', { ...own, id: file, connector_id: connector.id, ...uploaded });
  const run = newId();
  const ran = { connector_id: connector.id, file_id: file, requested_by: 'Bo' };
  await given.insert('sync_run', { ...own, id: run, ...ran });
  for (const [line, account] of [removed, later, live, moved, stranger].entries()) {
    const row = { run_id: run, line, reason: 'no_name', message: 'x', native_key: account['native_key'] };
    await given.insert('refused_row', { ...own, ...row });
    const task = { kind: 'account.disable', requested_by: 'Bo', details: { of: account.name } };
    await given.insert('task', { ...own, ...task, subject_type: 'account', subject_id: account.id });
  }

  await bench.get(OwnerWrites).delete(principalOf(company.id, ['Administrator']), ada.id);
  await given.sql('update account set deleted_at = now() where id = $1', [later.id]);
  await given.sql(`update account set owner_id = $2, correlation = 'rule', owner_name_key = 'bo' where id = $1`, [
    moved.id,
    bo.id,
  ]);
  const slug = (await given.sql<{ slug: string }>('select slug from organization where id = $1', [company.id]))[0]!
    .slug;
  await purge.run([ada.id, '--organization', slug]);

  const kept = await given.sql('select name from account where organization_id = $1 order by name', [company.id]);
  expect(kept.map(({ name }) => name)).toEqual(['a-login', 'moved-login', 'stranger']);
  const rows = await given.sql('select native_key from refused_row where run_id = $1 order by line', [run]);
  expect(rows).toEqual([null, null, null, 'moved-login', 'stranger'].map((native_key) => ({ native_key })));
  const tasks = await given.sql<{ details: object }>(
    `select details from task where organization_id = $1 and details <> '{}' order by details ->> 'of'`,
    [company.id],
  );
  expect(tasks.map(({ details }) => details)).toEqual([{ of: 'moved-login' }, { of: 'stranger' }]);
});
