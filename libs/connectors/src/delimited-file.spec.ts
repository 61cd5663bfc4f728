import { describe, expect, it } from 'vitest';
import { parseConnectorConfig } from './connector-config.js';
import { findDelimitedRow, readDelimitedFile, readDelimitedKeys, SourceFileError } from './delimited-file.js';
import type { AcceptedRow, RefusedRow, RowKey, SourceRow } from './source-account.js';

const config = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: {
    Login: 'nativeIdentity',
    Mail: 'email',
    Off: 'disabled',
    Seen: 'lastLoginAt',
    Groups: 'groups',
    Roles: 'roles',
    City: 'attributes.city',
  },
  privilegedEntitlements: ['Operators'],
  highlyPrivilegedEntitlements: ['Domain Admins', 'SAP_ALL'],
});
const header = 'Login,Mail,Off,Seen,Groups,Roles,City,Not mapped';

async function rowsOf(text: string | Buffer, chunk = 1 << 20): Promise<SourceRow[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const rows: SourceRow[] = [];
  for await (const block of readDelimitedFile(chunks(), config)) rows.push(...block);
  return rows;
}

const accounts = (rows: SourceRow[]) => rows.map((row) => (row as AcceptedRow).account);

describe('a delimited file', () => {
  it('gives an account a row, with what its columns are mapped to', async () => {
    const [account] = accounts(
      await rowsOf(`${header}\nanna,Anna@example.com,no,2026-01-31T08:00:00Z,A|Domain Admins,,Bergen,x\n`),
    );
    expect(account).toMatchObject({
      nativeIdentity: 'anna',
      name: 'anna',
      email: 'Anna@example.com',
      disabled: false,
      lastLoginAt: '2026-01-31T08:00:00.000Z',
      attributes: { city: 'Bergen' },
      owner: null,
    });
    expect(account?.entitlements.map(({ value, kind }) => `${kind} ${value}`)).toEqual([
      'group A',
      'group Domain Admins',
    ]);
  });

  it('or-s privilege marks of held values by their kind', async () => {
    const rows = await rowsOf(
      `${header}\na,,,,Operators,,,\nb,,,,Domain Admins,,,\nc,,,,,SAP_ALL,,\nd,,,,,Operators,,\ne,,,,x,y,,\n`,
    );
    const marks = accounts(rows).map((a) => [
      a.privileged,
      a.inPrivilegedGroup,
      a.inHighlyPrivilegedGroup,
      a.hasHighlyPrivilegedRole,
    ]);
    expect(marks).toEqual([
      [true, true, false, false],
      [true, true, true, false],
      [true, false, false, true],
      [true, false, false, false],
      [false, false, false, false],
    ]);
  });

  it('may be quoted, with separators, quotes and line ends inside cells', async () => {
    const [account] = accounts(await rowsOf(`${header}\r\n"o""brien, p",,,,,,"two\nlines",\r\n`));
    expect(account).toMatchObject({ nativeIdentity: 'o"brien, p', attributes: { city: 'two\nlines' } });
  });

  it.each([1, 2, 3, 1_000])(
    'may end its lines in any way, also in turns, when it comes in pieces of %i',
    async (chunk) => {
      const rows = await rowsOf(`${header}\r\na,,,,,,,\nb,,,,,,"x\r\ny\rz",\rc,,,,,,,\r\n\r\nd,,,,,,,\r`, chunk);
      expect(rows.map(({ line }) => line)).toEqual([2, 3, 6, 8]);
      expect(accounts(rows)[1]?.attributes).toEqual({ city: 'x\ny\nz' });
    },
  );

  it('may begin with a byte order mark and end without a line end', async () => {
    expect(accounts(await rowsOf(`\uFEFF${header}\nZoë,,,,,,,`))[0]?.nativeIdentity).toBe('Zoë');
  });

  it('reads letters that lie across two chunks', async () => {
    const text = `${header}\n김Łukasz,,,,,,Åsa,\n`;
    for (const chunk of [1, 2, 3, 5]) expect(accounts(await rowsOf(text, chunk))[0]?.nativeIdentity).toBe('김Łukasz');
  });

  it('hands on bad rows as refused, with line and reason, and goes on', async () => {
    const rows = await rowsOf(
      `${header}\ngood,,,,,,,\nshort,,\n,,,,,,,\n"multi\nline",x@y,,,,,,\nbad,not a mail,,,,,,\nbad,,maybe,,,,,\nbad,,,soon,,,,\nlast,,,,,,,\n`,
    );
    expect(rows.map((row) => [row.line, (row as RefusedRow).reason])).toEqual([
      [2, undefined],
      [3, 'wrong_column_count'],
      [4, 'no_native_identity'],
      [5, undefined],
      [7, 'bad_email'],
      [8, 'bad_boolean'],
      [9, 'bad_time'],
      [10, undefined],
    ]);
    expect((rows[4] as RefusedRow).message).toBe('Mail is not an e-mail address.');
  });

  it.each([
    ['an empty file', '', /Line 1: the file is empty/],
    ['a file of blank lines', '\n\n', /Line 1: the file is empty/],
    ['two columns of one name', 'Login,Login,Mail', /two columns are named "Login"/],
    ['a header that lacks a mapped column', 'Login,Mail\na,b\n', /lacks the mapped columns "Off", "Seen"/],
    ['another separator', header.replaceAll(',', ';'), /is the separator right/],
    ['a quote that is never closed', `${header}\n"a,,,,,,,\nb,,,,,,,\n`, /never closed/],
    ['a stray quote', `${header}\na"b,,,,,,,\n`, /Line 2: a quote stands inside a cell/],
    ['text after a closing quote', `${header}\na,,,,,,,\n"a"b,,,,,,,\n`, /Line 3: a quoted cell goes on/],
    ['Latin-1', Buffer.from(`${header}\na,,,,,,,\nZo\xeb,,,,,,,\n`, 'latin1'), /Line 3: the file is not UTF-8/],
    ['UTF-16', Buffer.from(`\uFEFF${header}`, 'utf16le'), /not UTF-8/],
  ])('is refused as a whole when it is %s', async (_, text, message) => {
    await expect(rowsOf(text)).rejects.toThrow(SourceFileError);
    await expect(rowsOf(text)).rejects.toThrow(message);
  });
});

describe('a file of an authoritative connector', () => {
  const hr = parseConnectorConfig({
    kind: 'delimited-file',
    authoritative: true,
    mapping: {
      Id: 'nativeIdentity',
      Name: 'name',
      Mail: 'email',
      Boss: 'attributes.boss',
      Out: 'attributes.out',
      In: 'attributes.in',
      Cost: 'attributes.cost',
      State: 'attributes.state',
    },
    ownerMapping: {
      name: 'name',
      email: 'email',
      'attributes.boss': 'manager',
      'attributes.in': 'startDate',
      'attributes.out': 'endDate',
      'attributes.cost': 'metadata.costCentre',
      'attributes.state': 'status',
    },
  });
  const read = async (row: string) => {
    async function* bytes() {
      yield Buffer.from(`Id,Name,Mail,Boss,In,Out,Cost,State\n${row}\n`);
    }
    const rows: SourceRow[] = [];
    for await (const block of readDelimitedFile(bytes(), hr)) rows.push(...block);
    return rows[0]!;
  };

  it('tells about the person too; the native identity is the identity id', async () => {
    const row = (await read('E1,Zoë Ng,zoe@example.com,E0,2020-01-01,,77,Inactive')) as AcceptedRow;
    expect(row.account.owner).toMatchObject({
      name: 'Zoë Ng',
      identityId: 'E1',
      manager: 'E0',
      ownerType: 'human',
      status: 'inactive',
      startDate: '2020-01-01',
      endDate: null,
      metadata: { costCentre: '77' },
    });
  });

  it.each([
    ['E1,,a@b,,,,,', 'no_owner_name'],
    ['E1,A,a@b,,2021-01-01,2020-01-01,,', 'ends_before_start'],
    ['E1,A,a@b,,,31.12.2020,,', 'bad_date'],
    ['E1,A,a@b,,,,,retired', 'bad_value'],
  ])('refuses %j: %s', async (row, reason) => {
    expect(((await read(row)) as RefusedRow).reason).toBe(reason);
  });
});

describe('one row of a file', () => {
  async function* bytes(text: string, chunk = 7) {
    for (let at = 0; at < text.length; at += chunk) yield Buffer.from(text.slice(at, at + chunk));
  }
  const find = (lines: readonly string[], key: string) =>
    findDelimitedRow(bytes([header, ...lines].join('\n')), config, '2026-01-01T00:00:00.000Z', key);

  it('is found by its key, with the hash a run knows it by', async () => {
    const lines = ['ada,,,,,,,', 'Bob,bob@example.com,,,,,Bern,x', 'carl,,,,,,,'];
    const found = await find(lines, 'bob');
    expect(found?.row).toMatchObject({ line: 3, accountKey: 'bob', account: { attributes: { city: 'Bern' } } });
    const keys: RowKey[] = [];
    for await (const block of readDelimitedKeys(bytes([header, ...lines].join('\n')), config, '')) {
      keys.push(...(block as RowKey[]));
    }
    expect(found?.hash).toBe(keys[1]?.hash);
  });

  it('is the first of several, and none if nobody has the key', async () => {
    expect((await find(['ada,,,,,,One,', 'ADA,,,,,,Two,'], 'ada'))?.row).toMatchObject({ line: 2 });
    expect(await find(['ada,,,,,,,'], 'bob')).toBeUndefined();
    expect(await find(['bob,,', 'ada,,,,,,,'], 'bob')).toBeUndefined();
  });

  it('may be refused, and then says why', async () => {
    expect((await find(['ada,,perhaps,,,,,'], 'ada'))?.row).toMatchObject({ reason: 'bad_boolean', accountKey: 'ada' });
  });

  it('is looked for no further than it stands', async () => {
    const broken = `${header}\nada,,,,,,,\n${'x'.repeat(70_000)}`;
    async function* endless() {
      yield Buffer.from(broken);
      throw new Error('read on');
    }
    expect(await findDelimitedRow(endless(), config, '', 'ada')).toBeDefined();
    await expect(findDelimitedRow(endless(), config, '', 'bob')).rejects.toThrow('read on');
  });

  it('is not looked for in a file that cannot be read', async () => {
    await expect(findDelimitedRow(bytes('Other\nada\n'), config, '', 'ada')).rejects.toThrow(SourceFileError);
  });
});
