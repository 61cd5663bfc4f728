import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';

let bench: Workbench;
let company: GivenOrganization;
let system: Row;

beforeAll(async () => {
  bench = await Workbench.open([RunExecutor, RunNotices]);
});
afterAll(() => bench.close());

beforeEach(async () => {
  company = await bench.given.organization();
  system = await bench.connector(company, 'Directory', {
    kind: 'delimited-file',
    mapping: { login: 'nativeIdentity', staff: 'identityId', mail: 'email', upn: 'userPrincipalName' },
    correlationRules: [
      { account: 'identityId', owner: 'identityId' },
      { account: 'email', owner: 'email' },
      { account: 'userPrincipalName', owner: 'email' },
    ],
  });
});

async function claimed(...rows: string[]): Promise<LeasedRun> {
  await bench.queue(company, system, ['login,staff,mail,upn', ...rows].join('\n'));
  return (await LeasedRun.claim(bench.database, newId()))!;
}

async function sync(...rows: string[]): Promise<Record<string, string | null>> {
  await bench.get(RunExecutor).execute(await claimed(...rows));
  return links();
}

/** Each step of the run meets a deadlock at its end, once. */
function stumbling(run: LeasedRun): LeasedRun {
  const original = run.step.bind(run);
  run.step = async (work) => {
    let attempts = 0;
    return original(async (tx) => {
      const result = await work(tx);
      if (++attempts === 1) await tx.run(`do $$ begin raise exception using errcode = 'deadlock_detected'; end $$`, []);
      return result;
    });
  };
  return run;
}

/** Account -> owner's name. */
async function links(): Promise<Record<string, string | null>> {
  const found = await bench.given.sql<{ native_identity: string; owner: string | null }>(
    `select a.native_identity, o.name as owner from account a
       left join owner o on o.organization_id = a.organization_id and o.id = a.owner_id where a.organization_id = $1`,
    [company.id],
  );
  return Object.fromEntries(found.map(({ native_identity, owner }) => [native_identity, owner]));
}

describe('the rules', () => {
  it('that changed are not held against the account of a refused row: what it says of itself is of the former ones', async () => {
    await company.owner({ name: 'Ada', identity_id: 'E1', email: 'ada@example.com' });
    expect(await sync('a,E1,,', 'b,E1,,')).toEqual({ a: 'Ada', b: 'Ada' });
    await bench.given.sql(
      `update connector set config = jsonb_set(config, '{correlationRules}', '[{"account": "email", "owner": "email"}]') where id = $1`,
      [system.id],
    );
    expect(await sync('a,E1,no address,', 'b,E1,,')).toEqual({ a: 'Ada', b: null });
    expect(await sync('a,E1,,', 'b,E1,,')).toEqual({ a: null, b: null });
  });

  it('are tried in order, without case, and the first that finds anybody decides', async () => {
    await company.owner({ name: 'By id', identity_id: 'E1', email: 'one@example.com' });
    await company.owner({ name: 'By mail', email: 'Two@Example.com' });
    await company.owner({ name: 'By other mail', email: 'three@example.com', alt_email: 'Drei@example.com' });
    expect(
      await sync(
        'id first,e1,two@example.com,three@example.com',
        'mail second,E9,TWO@example.com,three@example.com',
        'alias,,DREI@EXAMPLE.COM,',
        'third,,,Two@example.com',
        'nobody,E9,nobody@example.com,nobody@example.com',
        'tells nothing,,,',
      ),
    ).toEqual({
      'id first': 'By id',
      'mail second': 'By mail',
      alias: 'By other mail',
      third: 'By mail',
      nobody: null,
      'tells nothing': null,
    });
  });

  it('give nobody where one finds two, though a later one would find one', async () => {
    await company.owner({ name: 'Twin', identity_id: 'E1' });
    await company.owner({ name: 'Other twin', identity_id: 'e1', email: 'sure@example.com' });
    await company.owner({ name: 'Has it', email: 'shared@example.com' });
    await company.owner({ name: 'Has it too', alt_email: 'SHARED@example.com' });
    expect(
      await sync(
        'by id,E1,sure@example.com,sure@example.com',
        'by mail,,shared@example.com,sure@example.com',
        'sure,,sure@example.com,',
      ),
    ).toEqual({ 'by id': null, 'by mail': null, sure: 'Other twin' });
  });

  it('count one owner once who is found by both of his addresses', async () => {
    await company.owner({ name: 'Both', email: 'both@example.com', alt_email: 'both@example.com' });
    expect(await sync('both,,both@example.com,')).toEqual({ both: 'Both' });
  });

  it('find neither deleted owners nor those of another organization', async () => {
    const other = await bench.given.organization();
    await other.owner({ name: 'Theirs', identity_id: 'E1', email: 'one@example.com' });
    await company.owner({ name: 'Gone', identity_id: 'E1', email: 'one@example.com', deleted_at: new Date() });
    expect(await sync('a,E1,one@example.com,one@example.com')).toEqual({ a: null });
  });

  it('are applied anew to accounts whose rows are unchanged, but not to links made by hand', async () => {
    const first = await company.owner({ name: 'First', identity_id: 'E1' });
    const rows = ['a,E1,,', 'b,E1,,', 'c,E2,,'];
    expect(await sync(...rows)).toEqual({ a: 'First', b: 'First', c: null });

    await bench.given.sql(
      `update account set correlation = 'manual' where organization_id = $1 and native_identity = 'b'`,
      [company.id],
    );
    await bench.given.sql(`update owner set identity_id = null, identity_key = null where id = $1`, [first.id]);
    await company.owner({ name: 'Second', identity_id: 'E2' });
    expect(await sync(...rows)).toEqual({ a: null, b: 'First', c: 'Second' });
  });

  it('go through more accounts than are walked at once, even if each walk has to begin again', async () => {
    await company.owner({ name: 'Somebody', identity_id: 'E1' });
    const insert = `insert into account (organization_id, connector_id, native_identity, native_key, native_identity_key, name,
        name_key, connector_name_key, correlation_keys)
      select $1, $2, n, n, n, n, n, $3, array[$4, null, null] from (select $5 || n as n from generate_series(1, $6::int) n) s`;
    for (const [key, name, count] of [
      ['e1', 'early ', 5],
      [null, 'unknown ', 20_000],
      ['e1', 'late ', 5],
    ]) {
      await bench.given.sql(insert, [company.id, system.id, system['name_key'], key, name, count]);
    }
    await bench.get(RunExecutor).execute(stumbling(await claimed(',,,')));
    const linked = Object.entries(await links()).filter(([, owner]) => owner !== null);
    const kinds = Map.groupBy(linked, ([name]) => name.split(' ')[0]);
    expect([kinds.get('early')?.length, kinds.get('late')?.length]).toEqual([5, 5]);
  });
});
