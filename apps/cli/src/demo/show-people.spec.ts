import { describe, expect, it } from 'vitest';
import { SampleCompany } from './sample-company.js';
import { shownPeople } from './show-people.js';

const { directory } = new SampleCompany('demo/company');
const passwords = { file: '.ostiary/demo-users.json', of: (name: string) => `secret of ${name}` };
const lineOf = (lines: readonly string[], name: string) => lines.find((line) => line.startsWith(`${name} `));

describe('the users that a demo shows', () => {
  const lines = shownPeople(directory.users, directory, passwords);

  it('stand with their passwords, groups and the roles those give', () => {
    expect(lineOf(lines, 'sabine.ambroz')).toMatch(
      /secret of sabine\.ambroz +Security > Help desk > Night shift +AUDITOR, HELPDESK$/,
    );
    expect(lines).toHaveLength(directory.users.length + 4);
  });

  it('have no password where they do not sign in with one', () => {
    expect(lineOf(lines, 'ozlem.yildirim')).toContain('(signs in elsewhere)');
    expect(lineOf(lines, 'celine.lachance')).toMatch(/\(invited\)$/);
    expect(lineOf(lines, 'ragnhild.vasilev')).toContain('secret of ragnhild.vasilev (deactivated)');
  });

  it('are shown once: a later run only says where the passwords are', () => {
    expect(shownPeople([], directory, passwords).join('\n')).toMatch(/passwords in \.ostiary\/demo-users\.json\.$/);
    expect(shownPeople([], directory, passwords).join('\n')).not.toContain('secret');
  });
});
