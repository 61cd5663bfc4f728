import { describe, expect, it } from 'vitest';
import { SampleCompany, type SampleGroup } from '../apps/cli/src/demo/sample-company.js';
import { signsIn } from '../apps/cli/src/demo/people.js';
import { fold, ownersOf, readCompany, readSource } from './support/sample-company.js';

const { directory, systems } = new SampleCompany('demo/company');
const { users, groups } = directory;
const owners = ownersOf(readCompany().systems[0]!);
const unique = (values: readonly string[]) => new Set(values.map(fold)).size === values.length;

function pathTo(name: string | null): SampleGroup[] {
  const group = groups.find((candidate) => candidate.name === name);
  return group ? [...pathTo(group.within), group] : [];
}

describe('the users and groups of the sample company', () => {
  it('are people of the HR file who work there, by the name and the one address they have in it', () => {
    for (const { displayName, email } of users) {
      const found = owners.filter((owner) => fold(owner['email']) === fold(email));
      expect(found).toMatchObject([{ name: displayName, email, status: 'active' }]);
    }
  });

  it('are fifteen or more who can sign in, one invited, one deactivated and one from elsewhere', () => {
    expect(users.filter((user) => signsIn(user) && user.state !== 'inactive').length).toBeGreaterThanOrEqual(15);
    for (const state of ['invited', 'inactive', 'external'])
      expect(users.filter((user) => user.state === state)).toHaveLength(1);
  });

  it('are named once, in composed letters', () => {
    expect(unique(users.map(({ userName }) => userName))).toBe(true);
    expect(unique(groups.map(({ name }) => name))).toBe(true);
    const text = readSource('directory.json');
    expect(text).toBe(text.normalize('NFC'));
  });

  it('are in groups that there are, nested three deep, whose roles somebody holds', () => {
    const names = new Set(groups.map(({ name }) => name));
    for (const name of users.flatMap((user) => user.groups)) expect(names).toContain(name);
    const ways = users.filter(signsIn).flatMap((user) => user.groups.map(pathTo));
    expect(Math.max(...ways.map((way) => way.length))).toBe(3);
    const held = new Set(ways.flat().flatMap(({ roles }) => roles));
    expect([...held].toSorted()).toEqual(['AUDITOR', 'HELPDESK', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN']);
  });

  it('own every connector, in every role somebody', () => {
    const owned = users.flatMap(({ owns = [] }) => owns);
    expect(new Set(owned.map(({ role }) => role))).toEqual(new Set(['owner', 'technical_owner', 'backup_owner']));
    const names = systems.map(({ application }) => application.displayName);
    expect(new Set(owned.map(({ application }) => application))).toEqual(new Set(names));
    for (const name of names) {
      expect(owned.filter(({ application, role }) => application === name && role === 'owner')).toHaveLength(1);
    }
  });

  it('have a steward of a connector, and a help desk to sign in as', () => {
    const rolesOf = (names: readonly string[]) => names.flatMap(pathTo).flatMap(({ roles }) => roles);
    const stewards = users.filter(({ groups: ofUser }) => rolesOf(ofUser).includes('SOURCE_SUBADMIN'));
    expect(stewards.map(({ owns }) => owns?.length)).toEqual([1, 1]);
    const desk = users.find(({ userName }) => userName === directory.helpDesk);
    expect(rolesOf(desk?.groups ?? [])).toContain('HELPDESK');
  });
});
