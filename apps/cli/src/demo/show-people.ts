import type { DemoPasswords } from './demo-passwords.js';
import type { SampleDirectory, SampleGroup, SampleUser } from './sample-company.js';
import { type Person, peopleTable } from './tables.js';

const without = { external: '(signs in elsewhere)', invited: '(invited)' } as const;

/** Who was made in this run, with passwords that are shown only now. */
export function shownPeople(
  made: readonly SampleUser[],
  sample: SampleDirectory,
  passwords: Pick<DemoPasswords, 'of' | 'file'>,
): string[] {
  if (made.length === 0) return [`The users of the sample company sign in with the passwords in ${passwords.file}.`];
  return [
    `Its users, each a person of the HR file; the passwords are kept in ${passwords.file}:`,
    '',
    ...peopleTable(made.map((user) => personOf(user, sample, passwords))),
  ];
}

function personOf(user: SampleUser, sample: SampleDirectory, passwords: Pick<DemoPasswords, 'of'>): Person {
  const groups = pathTo(user.groups[0], sample);
  return {
    userName: user.userName,
    password: passwordOf(user, passwords),
    groups: groups.map(({ name }) => name),
    roles: groups.flatMap(({ roles }) => roles),
  };
}

function passwordOf({ userName, state }: SampleUser, passwords: Pick<DemoPasswords, 'of'>): string {
  if (state === 'external' || state === 'invited') return without[state];
  const password = passwords.of(userName) ?? '';
  return state === 'inactive' ? `${password} (deactivated)` : password;
}

/** A group and those it is in, the outermost first. */
function pathTo(name: string | null | undefined, sample: SampleDirectory): SampleGroup[] {
  const group = sample.groups.find((candidate) => candidate.name === name);
  return group ? [...pathTo(group.within, sample), group] : [];
}
