export interface OwnerAtRisk {
  readonly name: string;
  /** The department, or what kind of owner it is. */
  readonly place: string;
  readonly score: number;
  readonly level: string;
  /** What counts most comes first. */
  readonly why: readonly { readonly category: string; readonly accounts: number }[];
}

export interface SystemTotals {
  readonly name: string;
  readonly accounts: number;
  readonly orphans: number;
}

export interface Person {
  readonly userName: string;
  /** From the outermost group on. */
  readonly groups: readonly string[];
  /** Held through them. */
  readonly roles: readonly string[];
  /** A password, or why there is none to sign in with. */
  readonly password: string;
}

const reasonsShown = 4;
const gap = '  ';

export function riskiest(owners: readonly OwnerAtRisk[], count: number): OwnerAtRisk[] {
  return owners.toSorted((a, b) => b.score - a.score || a.name.localeCompare(b.name, 'en')).slice(0, count);
}

/** As many reasons as a terminal of that width shows on one line, but always the one that counts most. */
export function riskTable(owners: readonly OwnerAtRisk[], terminalWidth: number): string[] {
  const head = ['Risk', 'Level', 'Owner', 'Department', 'Why (accounts)'];
  const rows = owners.map(({ score, level, name, place }) => [String(score), level, name, place]);
  const taken = Math.max(...table([head.slice(0, -1), ...rows], [0]).map(width)) + gap.length;
  const whole = rows.map((row, i) => [...row, reasons(owners[i]!.why, terminalWidth - taken)]);
  return table([head, ...whole], [0]);
}

export function orphanTable(systems: readonly SystemTotals[]): string[] {
  const sum = (of: (system: SystemTotals) => number) => systems.reduce((total, system) => total + of(system), 0);
  const rows = [...systems, { name: 'All systems', accounts: sum((s) => s.accounts), orphans: sum((s) => s.orphans) }];
  const cells = rows.map(({ name, accounts, orphans }) => [name, written(accounts), written(orphans)]);
  return table([['System', 'Accounts', 'Without an owner'], ...cells], [1, 2]);
}

export function peopleTable(people: readonly Person[]): string[] {
  const rows = people.map(({ userName, groups, roles, password }) => [
    userName,
    password,
    groups.join(' > '),
    roles.join(', '),
  ]);
  return table([['User', 'Password', 'Groups', 'Roles through them'], ...rows], []);
}

/** The first row is the head. Columns named in `numbers` stand right; the last one ends where its text ends. */
function table(given: readonly (readonly string[])[], numbers: readonly number[]): string[] {
  const rows = given.map((cells) => cells.map(printable));
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => padded(cell, widths[column]!, numbers.includes(column)))
      .join(gap)
      .trimEnd();
  const [head, ...body] = rows.map(line);
  return [head!, widths.map((length) => '─'.repeat(length)).join(gap), ...body];
}

function reasons(why: OwnerAtRisk['why'], room: number): string {
  const [first = '', ...others] = why.map(({ category, accounts }) => `${category} (${accounts})`);
  let text = first;
  for (const [i, other] of others.entries()) {
    const left = others.length - i - 1;
    const longer = `${text}, ${other}`;
    const more = left > 0 ? `, ${left} more` : '';
    if (i + 2 > reasonsShown || longer.length + more.length > room) return `${text}, ${left + 1} more`;
    text = longer;
  }
  return text;
}

function padded(text: string, length: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, length - width(text)));
  return right ? blanks + text : text + blanks;
}

/** A line end or an escape sequence in somebody's name is no command to the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

/** Names are composed, so a letter is one place. */
function width(text: string): number {
  return Array.from(text).length;
}

function written(number: number): string {
  return number.toLocaleString('en-US');
}
