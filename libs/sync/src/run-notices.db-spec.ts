import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendMail } from '@app/mail';
import { newId } from '@app/kernel';
import { Transaction } from '@app/persistence';
import { SecretBox } from '@app/secrets';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';

const config = {
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity' },
  deletionThreshold: { percent: 10, rows: 1 },
};
const good = 'login\na\nb\nc\n';
const empty = 'login\n';

let bench: Workbench;
let company: GivenOrganization;
let feed: Row;
let owner: Row;

beforeAll(async () => {
  bench = await Workbench.open([RunExecutor, RunNotices], [sendMail]);
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  feed = await bench.connector(company, 'Payroll', config);
  owner = await company.user({ user_name: 'Ada', email: `ada@${company.id}.example` });
  await company.connectorOwner(feed, owner, 'technical_owner');
});

/** @returns how it ended */
async function sync(text: string, columns: object = {}): Promise<unknown> {
  const id = await bench.queue(company, feed, text, columns);
  const run = await LeasedRun.claim(bench.database, newId());
  await bench.get(RunExecutor).execute(run!);
  return (await bench.given.sql('select state from sync_run where id = $1', [id]))[0]?.['state'];
}

interface Mail {
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly sealed_text: string;
}
const mails = async () =>
  (await bench.given.sql('select * from outgoing_mail where organization_id = $1 order by recipient', [
    company.id,
  ])) as unknown as Mail[];
const textOf = ({ id, sealed_text }: Mail) => {
  const place = { organizationId: company.id, table: 'outgoing_mail', row: id, column: 'sealed_text' };
  return new SecretBox(Buffer.alloc(32, 5)).open(place, sealed_text);
};

describe('who answers for a connector', () => {
  it('is told of the third run in a row that failed, and of no further one until one has succeeded', async () => {
    expect(await sync(good)).toBe('succeeded');
    for (let i = 0; i < 2; i++) expect(await sync(empty)).toBe('failed');
    expect(await mails()).toEqual([]);
    await sync(empty);
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ recipient: owner['email'], subject: 'Payroll: 3 runs have failed' });
    expect(textOf(mail!)).toMatch(
      /^Hello Ada,[^]*the last 3 runs of Payroll \(Payroll\) have failed\.[^]*a header and no rows/,
    );
    await sync(empty);
    await sync(empty);
    expect(await mails()).toHaveLength(1);
    await sync(good);
    for (let i = 0; i < 3; i++) await sync(empty);
    expect(await mails()).toHaveLength(2);
  });

  it('is told too when not even the first runs succeeded', async () => {
    for (let i = 0; i < 3; i++) await sync(empty);
    expect(await mails()).toHaveLength(1);
  });

  it('is told of a run that is held back, with what it would do', async () => {
    await sync(good);
    expect(await sync('login\na\n')).toBe('needs_confirmation');
    const [mail] = await mails();
    expect(mail).toMatchObject({ subject: 'Payroll: a run waits for confirmation' });
    expect(textOf(mail!)).toMatch(/waits for your confirmation\.[^]*lacks 2 accounts/);
  });

  it('hears nothing of dry runs', async () => {
    await sync(good);
    await sync('login\na\n', { dry_run: true });
    for (let i = 0; i < 3; i++) await sync(empty, { dry_run: true });
    expect(await mails()).toEqual([]);
  });

  it('is everybody who owns it, each once, who can be reached', async () => {
    await company.connectorOwner(feed, owner, 'backup_owner');
    const second = await company.user({ email: `bo@${company.id}.example` });
    for (const columns of [{ email: null }, { active: false, inactive_reason: 'manual' }, { deleted_at: new Date() }]) {
      const user = await company.user({ email: `x${newId()}@example.com`, ...columns });
      await company.connectorOwner(feed, user);
    }
    await company.connectorOwner(feed, second);
    await sync(good);
    await sync('login\na\n');
    expect((await mails()).map(({ recipient }) => recipient)).toEqual([owner['email'], second['email']]);
  });

  it('is whoever holds an entitlement that owns it where none of those who are named can be reached', async () => {
    await bench.given.sql('update app_user set email = null, email_key = null where id = $1', [owner.id]);
    const holder = await company.user({ email: `h@${company.id}.example` });
    const right = await company.entitlement(feed);
    await company.entitlementOwner(feed, right);
    const system = await bench.connector(company, 'System', config);
    const account = await company.account(system, await company.owner({ user_id: holder.id }));
    await company.holds(account, right);
    await sync(good);
    await sync('login\na\n');
    expect((await mails()).map(({ recipient }) => recipient)).toEqual([holder['email']]);
  });

  it('is found without asking who holds an entitlement where somebody who is named can be reached', async () => {
    await company.entitlementOwner(feed, await company.entitlement(feed));
    const asked = vi.spyOn(Transaction.prototype, 'query');
    const ofHolders = () => asked.mock.calls.filter(([{ name }]) => name === 'run-notices.holders').length;
    await sync(good);
    await sync('login\na\n');
    expect([(await mails()).length, ofHolders()]).toEqual([1, 0]);
    await bench.given.sql('delete from connector_owner where connector_id = $1', [feed.id]);
    await sync('login\nb\n');
    expect(ofHolders()).toBe(1);
    asked.mockRestore();
  });

  it('is whoever owns its application where nobody who owns the connector can be reached, and nobody else', async () => {
    const own = await company.user({ email: `app@${company.id}.example` });
    const application = { id: String(feed['application_id']), name: 'Payroll' };
    for (const user of [own, owner]) await company.applicationOwner(application, user);
    const elsewhere = await company.user({ email: `else@${company.id}.example` });
    await company.applicationOwner(await company.application(), elsewhere);
    const chief = await company.user({ email: `chief@${company.id}.example` });
    await bench.given.sql('update organization set account_owner_user_id = $2 where id = $1', [company.id, chief.id]);
    await sync(good);
    await sync('login\na\n');
    expect((await mails()).map(({ recipient }) => recipient)).toEqual([owner['email']]);

    await bench.given.sql('delete from outgoing_mail where organization_id = $1', [company.id]);
    await bench.given.sql('delete from connector_owner where connector_id = $1', [feed.id]);
    await sync('login\nb\n');
    expect((await mails()).map(({ recipient }) => recipient)).toEqual([owner['email'], own['email']]);
  });

  it('is whoever answers for the organization where nobody owns the connector or its application', async () => {
    await bench.given.sql('delete from connector_owner where connector_id = $1', [feed.id]);
    const chief = await company.user({ email: `chief@${company.id}.example` });
    await bench.given.sql('update organization set account_owner_user_id = $2 where id = $1', [company.id, chief.id]);
    await sync(good);
    await sync('login\na\n');
    expect((await mails()).map(({ recipient }) => recipient)).toEqual([chief['email']]);
  });
});
