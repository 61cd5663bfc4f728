import { describe, expect, it } from 'vitest';
import { RowsText } from '../../http/bodies/rows-text.js';
import { correlationRows, mostRows } from './correlation.rows.js';

const account = '01890a5d-ac96-774b-bcce-b302099a8057';
const owner = '01890a5d-ac96-774b-bcce-b302099a8058';

const read = (body: unknown) => correlationRows.transform(body, { type: 'body' });
const csv = (text: string | Buffer) => read(new RowsText('csv', Buffer.from(text)));
const lines = (text: string | Buffer) => read(new RowsText('ndjson', Buffer.from(text)));
const only = { row: 1, account: { id: account }, owner: { id: owner } };

describe('rows of accounts and their identities', () => {
  it('are the same as a list, as one object, as lines of JSON and as CSV', () => {
    const sent = { accountId: account, identityId: owner };
    const same = { rows: [only], refused: [] };
    expect(read([sent])).toEqual(same);
    expect(read(sent)).toEqual(same);
    expect(lines(`\n ${JSON.stringify(sent)} \r\n\r\n`)).toEqual(same);
    expect(csv(`accountId,identityId\r\n${account},${owner}\r\n`)).toEqual(same);
    expect(csv(`\uFEFFidentityId, accountId\n"${owner}"," ${account} "`)).toEqual(same);
  });

  it('take ids in either case', () => {
    expect(read({ accountId: account.toUpperCase(), identityId: owner.toUpperCase() }).rows).toEqual([only]);
  });

  it('name an account by its source and what it is called there, and an identity by its address', () => {
    const expected = [
      {
        row: 1,
        account: { connectorId: account, nativeIdentity: 'CN=Ada, OU=x' },
        owner: { email: 'Ada@example.com' },
      },
    ];
    const sent = { sourceId: account, nativeIdentity: 'CN=Ada, OU=x', identityEmail: 'Ada@example.com' };
    expect(read(sent).rows).toEqual(expected);
    const text = `sourceId,nativeIdentity,identityEmail\n${account},"CN=Ada, OU=x",Ada@example.com\n`;
    expect(csv(text).rows).toEqual(expected);
  });

  it.each([
    [read({ accountId: account, identityId: null })],
    [read({ accountId: account, identityEmail: null })],
    [read({ accountId: account, identityId: '' })],
    [read({ accountId: account, identityId: ' ', identityEmail: null })],
    [csv(`accountId,identityId\n${account},\n`)],
    [csv(`accountId,identityId,identityEmail\n${account},,\n`)],
  ])('release an account where nothing stands for an identity', ({ rows }) => {
    expect(rows).toEqual([{ ...only, owner: null }]);
  });

  it('compose what was sent decomposed', () => {
    const { rows } = read({ sourceId: account, nativeIdentity: 'Zoe\u0308', identityId: null });
    expect(rows[0]?.account).toEqual({ connectorId: account, nativeIdentity: 'Zo\u00eb' });
  });
});

const wrong: [string, unknown][] = [
  ['A row must be an object.', null],
  ['A row must be an object.', 1],
  ['A row must be an object.', [account, owner]],
  ['accountId must be a text.', { accountId: 1, identityId: owner }],
  ['identityId must be a text.', { accountId: account, identityId: { id: owner } }],
  ['A row names its account by', { identityId: owner }],
  ['A row names its account by', { accountId: '', identityId: owner }],
  ['A row names its account by', { accountId: account, sourceId: account, identityId: owner }],
  ['A row names its account by', { sourceId: account, identityId: owner }],
  ['A row names its account by', { nativeIdentity: 'ada', identityId: owner }],
  ['A row names an identity by', { accountId: account }],
  ['A row names its identity once.', { accountId: account, identityId: owner, identityEmail: 'a@example.com' }],
  ['identityEmail holds a character', { accountId: account, identityEmail: 'a\u0000@example.com' }],
  ['accountId holds a character', { accountId: '\ud800', identityId: owner }],
];

describe('a row that is wrong', () => {
  it.each(wrong)('is told (%s) and leaves the others alone', (message, sent) => {
    const { rows, refused } = read([sent, { accountId: account, identityId: owner }]);
    expect(rows).toEqual([{ ...only, row: 2 }]);
    expect(refused).toMatchObject([{ row: 1, status: 'failed', message: expect.stringContaining(message) as string }]);
  });

  it('repeats what could be read of it, cut where it is long', () => {
    const { refused } = read([{ accountId: 'x'.repeat(5_000), identityId: owner, identityEmail: 'a@example.com' }]);
    expect(refused).toMatchObject([{ accountId: `${'x'.repeat(100)}…`, ownerId: owner }]);
  });

  it.each([
    ['{', 'The row is not valid JSON.'],
    ['{"accountId":"\\u0000","identityId":null}', 'A text in the row holds'],
    ['{"accountId":"\\ud800","identityId":null}', 'A text in the row holds'],
    ['{"__proto__":{"accountId":1}}', 'The keys __proto__'],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'The row is nested deeper'],
    ['null', 'A row must be an object.'],
  ])('is one line of JSON alone: %s', (line, message) => {
    const { rows, refused } = lines(`${line}\n${JSON.stringify({ accountId: account, identityId: owner })}\n`);
    expect(rows).toEqual([{ ...only, row: 2 }]);
    expect(refused[0]?.message).toContain(message);
  });

  it('is one record of CSV alone', () => {
    const { rows, refused } = csv(`accountId,identityId\n${account}\n${account},${owner},x\n\n${account},${owner}\n`);
    expect(rows).toEqual([{ ...only, row: 3 }]);
    expect(refused.map(({ row, message }) => [row, message])).toEqual([
      [1, 'The row has 1 cells, the header 2.'],
      [2, 'The row has 3 cells, the header 2.'],
    ]);
    expect(csv(`accountId,identityId\na\u0000,${owner}\n`).refused[0]?.message).toContain('cannot be stored');
  });
});

describe('a body that is wrong as a whole', () => {
  it.each([
    ['nothing', () => read(undefined), 'A body is required.'],
    ['no rows', () => read([]), '1 to 10000 rows'],
    ['no lines', () => lines(' \n\n'), '1 to 10000 rows'],
    ['a header alone', () => csv('accountId,identityId\n'), '1 to 10000 rows'],
    ['no header', () => csv('\n'), 'The first line must name the columns'],
    ['no account in the header', () => csv('sourceId,identityId\na,b\n'), 'The first line must name the columns'],
    ['no identity in the header', () => csv('accountId\na\n'), 'The first line must name the columns'],
    ['a column nobody knows', () => csv('accountId,identityId,role\na,b,c\n'), 'role is not a known field'],
    ['a column twice', () => csv('accountId,identityId,accountId\na,b,c\n'), 'Two columns are named accountId'],
    ['a column of every object', () => csv('accountId,identityId,__proto__\na,b,c\n'), '__proto__ is not a known'],
    [
      'a quote that is never closed',
      () => csv('accountId,identityId\n"a,b\n'),
      'Line 2: a quoted cell is never closed',
    ],
    ['a quote inside a cell', () => csv('accountId,identityId\na"b,c\n'), 'Line 2: a quote stands inside'],
    ['bytes that are no UTF-8', () => csv(Buffer.from([0x61, 0xe4, 0x0a])), 'not valid UTF-8'],
    ['lines that are no UTF-8', () => lines(Buffer.from([0x22, 0xe4, 0x22])), 'not valid UTF-8'],
    [
      'a field nobody knows',
      () => read([{ accountId: account, identityId: owner, roles: [] }]),
      'roles is not a known',
    ],
    ['such a field in a line', () => lines('{"accountId":"a","identityId":"b","roles":1}'), 'roles is not a known'],
  ])('is refused: %s', (_what, sending, message) => {
    expect(sending).toThrow(message);
    expect(sending).toThrow(expect.objectContaining({ code: 'invalid' }) as Error);
  });

  it('has more rows than are taken at once', () => {
    const rows = Array.from({ length: mostRows }, () => ({ accountId: account, identityId: owner }));
    expect(read(rows).rows).toHaveLength(mostRows);
    expect(() => read([...rows, rows[0]])).toThrow('1 to 10000 rows');
  });
});
