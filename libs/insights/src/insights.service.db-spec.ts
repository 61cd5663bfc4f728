import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { InsightsService } from './insights.service.js';
import { figureNames, type OwnerFigures } from './owner-figures.js';

const now = new Date('2024-06-01T12:00:00.000Z');
const day = 86_400_000;
/** This many days before now, and a few milliseconds later. */
const ago = (days: number, laterMs = 0) => new Date(now.getTime() - days * day + laterMs).toISOString();
const recently = { last_login_at: ago(1), password_last_set_at: ago(1) };

let bed: TestBed;
let insights: InsightsService;
let company: GivenOrganization;
let connector: Row;

beforeAll(async () => {
  bed = await openTestBed();
  insights = new InsightsService(bed.database);
});
afterAll(() => bed.close());

beforeEach(async () => {
  company = await bed.given.organization();
  connector = await company.connector(await company.application());
});

const caller = (organization = company) => principalOf(organization.id, ['AUDITOR']);
const statisticsOf = (owner: Row, at = now) => insights.statisticsOf(caller(), owner.id, at);
const unremarkable = Object.fromEntries(figureNames.map((name) => [name, 0]));

async function figuresOf(account: object, fields: object = {}): Promise<OwnerFigures> {
  const owner = await company.owner({ ...fields });
  await company.account(connector, owner, { ...recently, ...account });
  return (await statisticsOf(owner)).figures;
}

const one = (...names: (keyof OwnerFigures)[]) => Object.fromEntries(names.map((name) => [name, 1]));

describe('figures of an owner', () => {
  it.each<[string, object, (keyof OwnerFigures)[]]>([
    ['nothing to remark', {}, []],
    ['a lock, which is temporary', { locked: true }, []],
    ['a breach', { breached: true }, ['breached_accounts']],
    ['no MFA', { mfa_enabled: false }, ['accounts_without_mfa']],
    ['MFA', { mfa_enabled: true }, []],
    ['MFA nobody can tell', { mfa_enabled: null }, []],
    ['privilege', { privileged: true }, ['privileged_accounts_not_vaulted']],
    ['privilege in the vault', { privileged: true, vaulted: true }, []],
    ['sharing', { shared: true }, ['shared_accounts']],
    ['deviation', { group_deviation: true }, ['account_group_deviation']],
    ['a privileged group', { in_privileged_group: true, vaulted: true }, ['all_privileged_groups']],
    [
      'a privileged group without a vault',
      { in_privileged_group: true },
      ['all_privileged_groups', 'privileged_accounts_not_vaulted'],
    ],
    [
      'a highly privileged group',
      { in_highly_privileged_group: true, vaulted: true },
      ['all_privileged_groups', 'highly_privileged_groups'],
    ],
    [
      'a highly privileged role',
      { has_highly_privileged_role: true },
      ['highly_privileged_roles', 'privileged_accounts_not_vaulted'],
    ],

    ['a login a millisecond less than 90 days ago', { last_login_at: ago(90, 1) }, []],
    ['a login exactly 90 days ago', { last_login_at: ago(90) }, ['not_used_90']],
    ['a login a millisecond less than 180 days ago', { last_login_at: ago(180, 1) }, ['not_used_90']],
    ['a login exactly 180 days ago', { last_login_at: ago(180) }, ['not_used_90', 'not_used_180']],
    ['a login exactly 365 days ago', { last_login_at: ago(365) }, ['not_used_90', 'not_used_180', 'not_used_365']],
    ['no login since it was made', { last_login_at: null, source_created_at: ago(90) }, ['not_used_90']],
    ['no login, new at its source', { last_login_at: null, source_created_at: ago(1) }, []],
    ['no login, first seen long ago', { last_login_at: null, created_at: ago(180) }, ['not_used_90', 'not_used_180']],
    ['a late first login', { last_login_at: ago(1), source_created_at: ago(400) }, []],

    ['a password a millisecond less than 90 days old', { password_last_set_at: ago(90, 1) }, []],
    ['a password exactly 90 days old', { password_last_set_at: ago(90) }, ['accounts_with_password_90']],
    [
      'a password exactly 180 days old',
      { password_last_set_at: ago(180) },
      ['accounts_with_password_90', 'accounts_with_password_180'],
    ],
    [
      'a password exactly 365 days old',
      { password_last_set_at: ago(365) },
      ['accounts_with_password_90', 'accounts_with_password_180', 'accounts_with_password_365'],
    ],
    ['a password never set', { password_last_set_at: null }, ['accounts_with_password_never']],
    ['no password at all', { password_last_set_at: null, password_enabled: false }, []],
    ['an old password out of use', { password_last_set_at: ago(365), password_enabled: false }, []],

    ['ten failed logins', { failed_logins: 10, failed_logins_at: ago(0) }, ['failed_logins_in_hour']],
    ['nine failed logins', { failed_logins: 9, failed_logins_at: ago(0) }, []],
    [
      'failed logins a millisecond less than an hour ago',
      { failed_logins: 10, failed_logins_at: ago(1 / 24, 1) },
      ['failed_logins_in_hour'],
    ],
    ['failed logins exactly an hour ago', { failed_logins: 10, failed_logins_at: ago(1 / 24) }, []],
    ['failed logins of no known time', { failed_logins: 10 }, []],
  ])('count %s', async (_name, account, counted) => {
    const totals = one('total_accounts', 'active_accounts');
    expect(await figuresOf(account)).toEqual({ ...unremarkable, ...totals, ...one(...counted) });
  });

  it('count nothing of a disabled account but that it is there', async () => {
    const worst = {
      disabled: true,
      breached: true,
      mfa_enabled: false,
      privileged: true,
      shared: true,
      group_deviation: true,
      in_privileged_group: true,
      in_highly_privileged_group: true,
      has_highly_privileged_role: true,
      last_login_at: ago(999),
      password_last_set_at: ago(999),
      failed_logins: 99,
      failed_logins_at: ago(0),
    };
    const figures = await figuresOf(worst, { status: 'inactive' });
    expect(figures).toEqual({ ...unremarkable, ...one('total_accounts', 'disabled_accounts') });
  });

  it.each([
    [1, { status: 'inactive' }],
    [1, { end_date: '2024-05-31' }],
    [0, { end_date: '2024-06-01' }],
    [0, { end_date: '2024-06-02' }],
    [1, { status: 'inactive', end_date: '2024-06-02' }],
    [0, {}],
  ])('count %i enabled account of an owner who is %j', async (count, fields) => {
    expect((await figuresOf({}, fields)).inactive_owners_enabled_accounts).toBe(count);
  });

  it('count accounts of nobody with one of his addresses, each once', async () => {
    const owner = await company.owner({ email: 'Zoë@x.test', alt_email: 'z@home.test' });
    const double = await company.owner({ email: 'same@x.test', alt_email: 'SAME@x.test' });
    for (const email of ['zoë@X.TEST', 'Z@home.test', 'same@x.test', 'stranger@x.test', null]) {
      await company.account(connector, null, { email });
    }
    await company.account(connector, null, { email: 'z@home.test', deleted_at: new Date() });
    await company.account(connector, await company.owner(), { email: 'z@home.test' });
    expect((await statisticsOf(owner)).figures).toMatchObject({ accounts_no_owner: 2, total_accounts: 0 });
    expect((await statisticsOf(double)).figures.accounts_no_owner).toBe(1);
    expect((await statisticsOf(await company.owner())).figures.accounts_no_owner).toBe(0);
  });

  it('leave out deleted accounts and those of others', async () => {
    const owner = await company.owner();
    await company.account(connector, owner, { deleted_at: new Date() });
    await company.account(connector, await company.owner());
    expect((await statisticsOf(owner)).figures).toEqual(unremarkable);
  });
});

describe('the instant when time alone changes a figure', () => {
  const next = async (account: object, fields = {}) => {
    const owner = await company.owner(fields);
    await company.account(connector, owner, { last_login_at: ago(1), password_enabled: false, ...account });
    return (await statisticsOf(owner)).nextChangeAt;
  };
  const ahead = (ms: number) => new Date(now.getTime() + ms).toISOString();

  it.each<[string, object, string | null]>([
    ['89 days after the last login', {}, ahead(89 * day)],
    ['not the border just crossed, but the one after', { last_login_at: ago(90) }, ahead(90 * day)],
    ['the second border', { last_login_at: ago(179) }, ahead(day)],
    ['the third border', { last_login_at: ago(365, 1) }, ahead(1)],
    ['none after the third border', { last_login_at: ago(365) }, null],
    ['a first use that never came', { last_login_at: null, source_created_at: ago(10) }, ahead(80 * day)],
    ['a password that grows old', { password_enabled: true, password_last_set_at: ago(88) }, ahead(2 * day)],
    ['no password that does not count', { password_last_set_at: ago(88) }, ahead(89 * day)],
    ['failed logins that lapse', { failed_logins: 10, failed_logins_at: ago(0, -1_000) }, ahead(3_599_000)],
    ['no lapse of what does not count', { failed_logins: 9, failed_logins_at: ago(0) }, ahead(89 * day)],
    ['nothing of a disabled account', { disabled: true }, null],
    ['nothing beyond the last printable year', { last_login_at: '9999-12-31T00:00:00Z' }, null],
  ])('is %s', async (_name, account, expected) => expect(await next(account)).toBe(expected));

  it.each<[string, object, object, string | null]>([
    ['the day after the end date', { end_date: '2024-06-01' }, {}, '2024-06-02T00:00:00.000Z'],
    ['nothing when that is past', { end_date: '2024-05-31' }, {}, ahead(89 * day)],
    ['nothing when he is inactive already', { end_date: '2024-06-01', status: 'inactive' }, {}, ahead(89 * day)],
    ['nothing without an enabled account', { end_date: '2024-06-01' }, { disabled: true }, null],
  ])('is %s', async (_name, fields, account, expected) => expect(await next(account, fields)).toBe(expected));

  it('is exact: the figures change then, and not a millisecond before', async () => {
    const owner = await company.owner({ end_date: '2024-06-20' });
    for (const days of [0, 30, 89.5, 100, 200, 364]) {
      const failures = { failed_logins: 12, failed_logins_at: ago(0, -days * 1_000) };
      await company.account(connector, owner, {
        last_login_at: ago(days),
        password_last_set_at: ago(days / 2),
        ...failures,
      });
    }
    let at = now;
    for (let changes = 0; ; changes++) {
      const { figures, nextChangeAt } = await statisticsOf(owner, at);
      if (nextChangeAt === null) break;
      const justBefore = await statisticsOf(owner, new Date(Date.parse(nextChangeAt) - 1));
      expect(justBefore.figures).toEqual(figures);
      at = new Date(nextChangeAt);
      expect((await statisticsOf(owner, at)).figures).not.toEqual(figures);
      expect(changes).toBeLessThan(60);
    }
    expect((await statisticsOf(owner, at)).figures).toMatchObject({ not_used_365: 6, accounts_with_password_365: 6 });
  });
});

describe('statistics of an owner', () => {
  it('come with his fields, his manager’s name and his risk', async () => {
    const manager = await company.owner({ name: 'Jane Manager' });
    const owner = await company.owner({
      name: 'John Doe',
      email: 'john@x.test',
      alt_email: 'john@home.test',
      manager_id: manager.id,
      employment_type: 'Employee',
      identity_id: 'user-123',
      phone: '+1-555-0199',
      start_date: '2020-01-15',
    });
    await company.account(connector, owner, { ...recently, mfa_enabled: false });
    const statistics = await statisticsOf(owner);
    expect(statistics.owner).toEqual({
      owner_id: owner.id,
      name: 'John Doe',
      email: 'john@x.test',
      alt_email: 'john@home.test',
      department: null,
      title: null,
      location: null,
      manager_name: 'Jane Manager',
      owner_type: 'human',
      employment_type: 'Employee',
      status: 'active',
      identity_id: 'user-123',
      mobile_phone: null,
      phone: '+1-555-0199',
      start_date: '2020-01-15',
      end_date: null,
    });
    expect(statistics.risk).toMatchObject({ score: 24, level: 'low', factors: [{ category: 'MFA Gaps' }] });
  });

  it.each(['', 'x', newId()])('do not exist for the id %j', async (id) => {
    await expect(insights.statisticsOf(caller(), id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('do not exist for a deleted owner, nor for one of another organization', async () => {
    const deleted = await company.owner({ deleted_at: new Date() });
    await expect(statisticsOf(deleted)).rejects.toMatchObject({ code: 'not_found' });
    const stranger = await (await bed.given.organization()).owner();
    await expect(statisticsOf(stranger)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('never count what another organization has', async () => {
    const owner = await company.owner({ email: 'same@x.test' });
    const other = await bed.given.organization();
    const feed = await other.connector(await other.application());
    await other.account(feed, null, { email: 'same@x.test' });
    await other.account(feed, await other.owner({ email: 'same@x.test' }));
    expect((await statisticsOf(owner)).figures).toEqual(unremarkable);
  });
});
