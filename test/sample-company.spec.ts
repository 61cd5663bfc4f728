import { describe, expect, it } from 'vitest';
import { shiftDates } from '../apps/cli/src/demo/shift-dates.js';
import { sampleCompany } from '../scripts/make-sample-company.mjs';
import { accountsOf, fold, ownersOf, readCompany, readSource, rowsOf, valuesOf } from './support/sample-company.js';
import type { Row } from './support/sample-company.js';
import { isPrivileged, lookalikesOf, riskOf } from './support/sample-company-risk.js';

const ACCOUNT_TARGET =
  /^(nativeIdentity|name|displayName|uuid|email|description|disabled|locked|createdAt|lastLoginAt|mfaEnabled|passwordEnabled|passwordLastSetAt|privileged|vaulted|shared|breached|failedLoginsLastHour|identityId|userPrincipalName|groups|roles|entitlements|attributes\.\w+)$/;
const OWNER_FIELD =
  /^(name|email|altEmail|department|title|location|ownerType|employmentType|status|manager|identityId|mobilePhone|phone|startDate|endDate|metadata\.\w+)$/;
const YES_OR_NO = [
  'disabled',
  'locked',
  'mfaEnabled',
  'passwordEnabled',
  'privileged',
  'vaulted',
  'shared',
  'breached',
];
const INSTANTS = ['createdAt', 'lastLoginAt', 'passwordLastSetAt'];

const company = readCompany();
const [hr, ...connected] = company.systems;
if (!hr) throw new Error('company.json names no system');

const today = Date.parse(company.referenceDate);
const owners = ownersOf(hr);
const accounts = accountsOf(company.systems, owners);
const connectedAccounts = accounts.filter(({ source }) => source !== hr);
const ownedBy = Map.groupBy(accounts, ({ owner }) => owner);
const count = (fits: (row: Row) => boolean) => connectedAccounts.filter(({ row }) => fits(row)).length;

function daysSince(instant: string | undefined): number {
  return instant ? (today - Date.parse(instant)) / 86_400_000 : -1;
}

function idleDays(row: Row): number {
  return daysSince(row['lastLoginAt']);
}

describe('the source files of the sample company', () => {
  it.each(company.systems.map(({ file }) => file))('%s is what the generator writes', (file) => {
    expect(sampleCompany(company)[file]).toBe(readSource(file));
  });

  it.each(company.systems)('$file holds clean values for the targets of its mapping', (source) => {
    const { mapping } = source.connector.config;
    const rows = rowsOf(source);

    expect(Object.values(mapping)).toContain('nativeIdentity');
    expect(new Set(Object.values(mapping)).size).toBe(Object.keys(mapping).length);
    for (const target of Object.values(mapping)) expect(target).toMatch(ACCOUNT_TARGET);
    expect(new Set(rows.map((row) => fold(row['nativeIdentity']))).size).toBe(rows.length);
    for (const row of rows) {
      for (const target of YES_OR_NO) expect(row[target] ?? '').toMatch(/^(true|false)?$/);
      for (const target of INSTANTS) expect(row[target] ?? '').toMatch(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$/);
      expect(row['failedLoginsLastHour'] ?? '').toMatch(/^\d*$/);
    }
  });

  it.each(company.systems)('$file tells no event before the account was made or after the reference date', (source) => {
    const outOfTime = rowsOf(source).filter((row) => {
      const [made = Number.NaN, ...events] = INSTANTS.flatMap((target) =>
        row[target] ? [Date.parse(row[target])] : [],
      );
      return !(made < today) || events.some((at) => at < made || at >= today);
    });
    expect(outOfTime).toEqual([]);
  });

  it('come in the shapes exports come in', () => {
    const texts = company.systems.map(({ file }) => readSource(file));
    expect(new Set(company.systems.map(({ connector }) => connector.config.separator))).toEqual(
      new Set([',', ';', '\t']),
    );
    expect(texts.filter((text) => text.startsWith('\uFEFF'))).toHaveLength(1);
    for (const text of texts) {
      expect(text).toBe(text.normalize('NFC'));
      expect(text).not.toContain('\r');
      expect(text.endsWith('\n')).toBe(true);
    }
  });

  it('invent every address under example.com', () => {
    const addresses = company.systems.flatMap(({ file }) => readSource(file).match(/@[\w.-]+/g) ?? []);
    expect(addresses.length).toBeGreaterThan(1000);
    expect(addresses.filter((address) => !/[@.]example\.com(\.uat|\.dev)?$/i.test(address))).toEqual([]);
  });

  it.each(company.systems)('$file moves to another day with every date and nothing else', ({ file }) => {
    const text = readSource(file);
    const withoutDates = (some: string) => some.replaceAll(/\d{4}-\d\d-\d\d(?=[T,;\t\n])/g, 'day');
    const moved = shiftDates(text, 200);

    expect(withoutDates(moved)).toBe(withoutDates(text));
    expect(shiftDates(moved, -200)).toBe(text);
    expect(moved).not.toBe(text);
  });

  it('hold the cells that break careless readers', () => {
    const cells = accounts.flatMap(({ row }) => [row['displayName'] ?? '', row['description'] ?? '']);
    const marks = ["'", '%', '\\', '"', ',', ';', '\n', '\t'];
    expect(marks.filter((mark) => !cells.some((cell) => cell.includes(mark)))).toEqual([]);
    const names = owners.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["Siobhán O'Brien", 'Zoë Brandt', 'Łukasz Wiśniewski', 'Åsa Lindqvist']),
    );
    expect(names).toEqual(expect.arrayContaining(['Nguyễn Thị Hạnh', '김민준', 'Özlem Yıldırım', 'Wade Ellery, Jr.']));
    expect(names.filter((name) => name === 'Orla Hallam')).toHaveLength(2);
  });
});

describe('the connectors of the sample company', () => {
  it('begin with the only authoritative one', () => {
    expect(company.systems.map(({ connector }) => connector.config.authoritative)).toEqual([
      true,
      ...connected.map(() => false),
    ]);
  });

  it('map owner fields from targets that are there', () => {
    const { mapping, ownerMapping = {} } = hr.connector.config;
    for (const [target, field] of Object.entries(ownerMapping)) {
      expect(Object.values(mapping)).toContain(target);
      expect(field).toMatch(OWNER_FIELD);
    }
    expect(connected.every(({ connector }) => connector.config.ownerMapping === undefined)).toBe(true);
  });

  it.each(company.systems)('$file correlates by a mapped target and an owner field', ({ connector: { config } }) => {
    expect(config.correlationRules.length).toBeGreaterThan(0);
    for (const rule of config.correlationRules) {
      expect(Object.values(config.mapping)).toContain(rule.account);
      expect(['identityId', 'email']).toContain(rule.owner);
    }
  });

  it.each(connected)('$file names privileged values that accounts hold', (source) => {
    const { privilegedEntitlements, highlyPrivilegedEntitlements } = source.connector.config;
    const held = rowsOf(source).flatMap((row) =>
      ['groups', 'roles', 'entitlements'].flatMap((target) => valuesOf(row, target)),
    );
    expect(held).toEqual(expect.arrayContaining(privilegedEntitlements));
    expect(privilegedEntitlements).toEqual(expect.arrayContaining(highlyPrivilegedEntitlements));
  });
});

describe('the people of the sample company', () => {
  const byId = new Map(owners.map((owner) => [owner['identityId'], owner]));

  it('are some 300, each with an id and an e-mail address of their own', () => {
    expect(owners.length).toBeGreaterThan(290);
    expect(byId.size).toBe(owners.length);
    expect(new Set(owners.map(({ email }) => fold(email))).size).toBe(owners.length);
    expect(owners.every(({ email, name }) => email && name)).toBe(true);
  });

  it('keep private addresses that are nobody else’s', () => {
    const addresses = owners.flatMap(({ email, altEmail }) => [email, altEmail].filter(Boolean).map(fold));
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it('stand in one tree five levels deep, without a cycle', () => {
    const depth = (owner: Row, seen = new Set<Row>()): number => {
      if (!owner['manager']) return 1;
      const manager = byId.get(owner['manager']);
      if (!manager || seen.has(owner)) throw new Error(`${owner['identityId']} has no way to the top`);
      return 1 + depth(manager, seen.add(owner));
    };
    const humans = owners.filter(({ ownerType }) => ownerType === 'human');

    expect(owners.filter(({ manager }) => !manager)).toHaveLength(1);
    expect(Math.max(...humans.map((owner) => depth(owner)))).toBe(5);
    for (const owner of owners) expect(byId.get(owner['manager'] || owner['identityId'])?.['ownerType']).toBe('human');
  });

  it('are people, services with someone to answer for them, and partners', () => {
    const kinds = Map.groupBy(owners, ({ ownerType }) => ownerType);
    expect(new Set(kinds.keys())).toEqual(new Set(['human', 'service', 'federated']));
    expect(kinds.get('service')).toHaveLength(25);
    expect(kinds.get('federated')).toHaveLength(15);
    for (const { email, manager } of kinds.get('service') ?? []) {
      expect(email).toMatch(/^svc-/);
      expect(manager).not.toBe('');
    }
  });

  it('have leavers whose HR account is closed, some of whom still hold open doors', () => {
    const leavers = owners.filter(({ status }) => status === 'inactive');
    const hrAccount = (owner: Row) => ownedBy.get(owner)?.find(({ source }) => source === hr);
    const open = (owner: Row) => ownedBy.get(owner)?.filter(({ row }) => row['disabled'] === 'false') ?? [];

    expect(leavers).toHaveLength(20);
    for (const leaver of leavers) {
      expect(Date.parse(leaver['endDate'] ?? '')).toBeLessThan(today);
      expect(hrAccount(leaver)?.row['disabled']).toBe('true');
    }
    expect(leavers.filter((leaver) => open(leaver).length > 0)).toHaveLength(10);
    expect(leavers.filter((leaver) => open(leaver).some(isPrivileged))).toHaveLength(5);
  });

  it('have an end date in the past only when they left', () => {
    const gone = owners.filter(({ endDate }) => endDate && Date.parse(endDate) < today);
    expect(gone.every(({ status }) => status === 'inactive')).toBe(true);
  });

  it('have joiners of the last days and of the days to come', () => {
    const days = owners.map(({ startDate }) => daysSince(startDate));
    expect(days.filter((ago) => ago > 0 && ago < 10).length).toBeGreaterThanOrEqual(8);
    expect(days.filter((ago) => ago < 0)).toHaveLength(4);
  });
});

describe('the accounts of the sample company', () => {
  it('are some 2,000, with two systems beyond a page of 250', () => {
    const sizes = connected.map((source) => rowsOf(source).length);
    expect(connectedAccounts.length).toBeGreaterThan(1900);
    expect(connectedAccounts.length).toBeLessThan(2100);
    expect(sizes.filter((size) => size > 250).length).toBeGreaterThanOrEqual(2);
  });

  it('are owned but for about six in a hundred', () => {
    const orphans = connectedAccounts.filter(({ owner }) => !owner);
    expect(orphans.length / connectedAccounts.length).toBeGreaterThan(0.05);
    expect(orphans.length / connectedAccounts.length).toBeLessThan(0.07);
    expect(accounts.filter(({ source, owner }) => source === hr && !owner)).toEqual([]);
    expect(owners.filter((owner) => lookalikesOf(owner, accounts).length > 0).length).toBeGreaterThan(5);
  });

  it('include a second, administrative account of one person in one system', () => {
    const [directory] = connected;
    const pairs = owners.filter((owner) => {
      const names = ownedBy.get(owner)?.filter(({ source }) => source === directory) ?? [];
      return names.some(({ row }) => row['name']?.startsWith('adm-')) && names.length > 1;
    });
    expect(pairs.length).toBeGreaterThan(20);
  });

  it.each<[string, (row: Row) => boolean, number]>([
    ['disabled', (row) => row['disabled'] === 'true', 100],
    ['locked', (row) => row['locked'] === 'true', 15],
    ['shared', (row) => row['shared'] === 'true', 50],
    ['breached', (row) => row['breached'] === 'true', 20],
    ['under attack', (row) => Number(row['failedLoginsLastHour']) >= 10, 10],
    ['without a second factor', (row) => row['mfaEnabled'] === 'false', 60],
    ['of unknown second factor', (row) => row['mfaEnabled'] === '', 100],
    ['never used', (row) => row['lastLoginAt'] === '', 20],
    ['unused for 90 days', (row) => idleDays(row) >= 90 && idleDays(row) < 180, 20],
    ['unused for 180 days', (row) => idleDays(row) >= 180 && idleDays(row) < 365, 20],
    ['unused for a year', (row) => idleDays(row) >= 365, 20],
    ['with a password older than a year', (row) => daysSince(row['passwordLastSetAt']) >= 365, 40],
    ['with a password never set', (row) => row['passwordEnabled'] === 'true' && row['passwordLastSetAt'] === '', 10],
  ])('include accounts %s', (_, fits, atLeast) => {
    expect(count(fits)).toBeGreaterThanOrEqual(atLeast);
  });

  it('include privileged accounts with and without a vault', () => {
    const vaulted = connectedAccounts.filter(isPrivileged).map(({ row }) => row['vaulted'] === 'true');
    expect(vaulted.filter((inVault) => inVault).length).toBeGreaterThan(30);
    expect(vaulted.filter((inVault) => !inVault).length).toBeGreaterThan(30);
  });
});

describe('the risk in the sample company', () => {
  const scores = owners.map((owner) => ({
    owner,
    score: riskOf(owner, ownedBy.get(owner) ?? [], lookalikesOf(owner, accounts).length, today),
  }));
  const share = (from: number, to: number) => scores.filter(({ score }) => score >= from && score < to).length;

  it('is high for a handful of owners and low for most', () => {
    expect(share(75, 101)).toBeGreaterThanOrEqual(4);
    expect(share(50, 101)).toBeLessThan(owners.length * 0.08);
    expect(share(25, 50)).toBeGreaterThan(20);
    expect(share(0, 25)).toBeGreaterThan(owners.length * 0.75);
  });

  it('is critical for every leaver with an open administrative account', () => {
    const forgotten = scores.filter(
      ({ owner }) =>
        owner['status'] === 'inactive' &&
        ownedBy.get(owner)?.some((account) => account.row['disabled'] === 'false' && isPrivileged(account)),
    );
    expect(forgotten).toHaveLength(5);
    expect(forgotten.every(({ score }) => score >= 75)).toBe(true);
  });

  it('is high for owners of several breached accounts without a second factor', () => {
    const exposed = scores.filter(({ owner }) => {
      const open = ownedBy.get(owner)?.filter(({ row }) => row['breached'] === 'true' && row['mfaEnabled'] === 'false');
      return (open?.length ?? 0) >= 3;
    });
    expect(exposed.length).toBeGreaterThanOrEqual(4);
    expect(exposed.every(({ score }) => score >= 50)).toBe(true);
  });
});
