import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import { rawRequest } from '../../support/http/raw-request.js';

const limit = 3_000_000;
const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity', mail: 'email', off: 'disabled' } };

let api: TestApi;
let client: Client;
let feed: Feed;

beforeAll(async () => {
  api = await TestApi.start({ UPLOAD_LIMIT_BYTES: String(limit) });
  client = await api.as('ORG_ADMIN');
});
afterAll(async () => api.close());

beforeEach(async () => {
  feed = await Feed.create(client, `App ${newId()}`, config);
});

const invalid = (text: RegExp) => ({ code: 3, message: expect.stringMatching(text) });
const upload = (text: string | Buffer, name = 'file', fileName = 'export.csv') =>
  client.post(`${feed.path}/files`).attach(name, Buffer.from(text), fileName);
const filesKept = async () =>
  api.given.sql('select id from connector_file where connector_id = $1', [feed.connectorId]);
const chunksKept = async () =>
  api.given.sql(
    'select 1 from connector_file_chunk c where not exists (select 1 from connector_file f where f.id = c.file_id)',
  );

describe('an upload', () => {
  it('is answered with what it holds and which rows a run would refuse', async () => {
    const { body } = await upload('login,mail,off\nada,a@example.com,\nbo,,maybe\ncy\n').expect(200);
    expect(body).toEqual({
      file: {
        id: expect.any(String),
        name: 'export.csv',
        sizeBytes: '47',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        rows: 3,
        refusedRows: 2,
        firstRefused: [
          { line: 3, reason: expect.any(String), message: expect.stringMatching(/^off must be/) },
          { line: 4, reason: 'wrong_column_count', message: 'The row has 1 cells, the header 3.' },
        ],
      },
    });
  });

  it('of a header alone is a file without rows', async () => {
    expect((await upload('login,mail,off').expect(200)).body.file).toMatchObject({ rows: 0, refusedRows: 0 });
  });

  it('may have a byte order mark, CRLF and quoted cells over several lines', async () => {
    const { body } = await upload('\uFEFFlogin,mail,off\r\n"a\r\n""b""",x@example.com,true\r\n').expect(200);
    expect(body.file).toMatchObject({ rows: 1, refusedRows: 0 });
  });

  it('keeps its name, however odd', async () => {
    for (const name of ['zoë 🎉.csv', '../../etc/passwd', 'x'.repeat(300), '"quoted".csv']) {
      const { status, body } = await upload('login,mail,off\n', 'file', name);
      expect([name, status, body.file?.name.length > 0]).toEqual([name, 200, true]);
    }
  });

  it.each([
    ['an empty file', '', /line 1.*empty/i],
    ['blank lines alone', '\n\n\n', /line 1.*empty/i],
    ['a mapped column that is missing', 'login,mail\na,b\n', /line 1.*"off"/i],
    ['the wrong separator', 'login;mail;off\na;b;\n', /line 1.*separator/i],
    ['two columns of one name', 'login,mail,off,mail\n', /line 1.*"mail"/i],
    ['an unclosed quote', 'login,mail,off\na,b,\n"c,d,\n', /line \d+.*quote/i],
    ['letters after a closing quote', 'login,mail,off\n"a"b,c,\n', /line 2.*quote/i],
    ['a quote within a cell', 'login,mail,off\na,b,\na"b,c,\n', /line 3.*quote/i],
    ['other letters than UTF-8', Buffer.from('login,mail,off\nada,\xe9,\n', 'latin1'), /line \d.*UTF-8/i],
    ['UTF-16', Buffer.from('\uFEFFlogin,mail,off\n', 'utf16le'), /line 1/i],
    ['an archive', Buffer.from([0x50, 0x4b, 3, 4, 0xff, 0xfe, 0, 0]), /line 1/i],
  ])('of %s is refused with its line, and nothing of it is kept', async (_, text, message) => {
    const response = await upload(text);
    expect([response.status, response.body]).toEqual([400, invalid(message)]);
    expect(await filesKept()).toEqual([]);
    expect(await chunksKept()).toEqual([]);
  });

  it('over the limit is refused like any bad argument, and nothing of it is kept', async () => {
    const row = `${'x'.repeat(99)},a@example.com,\n`;
    const response = await upload(`login,mail,off\n${row.repeat(Math.ceil(limit / row.length) + 1)}`);
    expect([response.status, response.body]).toEqual([400, invalid(/3000000 bytes/)]);
    expect(await filesKept()).toEqual([]);
    expect(await chunksKept()).toEqual([]);
  });

  it('just within the limit is taken', async () => {
    const row = `${'x'.repeat(83)},a@example.com\n`;
    const text = `login,mail,off\n${row.repeat(10)}`;
    const { body } = await upload(text + '\n'.repeat(limit - text.length)).expect(200);
    expect(body.file).toMatchObject({ sizeBytes: String(limit), rows: 10 });
  });

  it('of anything but a form is 415', async () => {
    for (const type of [
      'text/csv',
      'application/json',
      'application/x-www-form-urlencoded',
      'application/octet-stream',
    ]) {
      const response = await client.post(`${feed.path}/files`).set('Content-Type', type).send('{}');
      expect([type, response.status, response.body]).toEqual([type, 415, invalid(/multipart/)]);
    }
    expect((await client.post(`${feed.path}/files`)).status).toBe(415);
  });

  it('without its part, or under another name, is refused', async () => {
    const answers = [
      await upload(`login,mail,off\n${'x,,\n'.repeat(500_000)}`, 'document'),
      await client.post(`${feed.path}/files`).field('file', 'login,mail,off\n'),
      await client.post(`${feed.path}/files`).field('other', 'x'),
    ];
    for (const { status, body } of answers) expect([status, body]).toEqual([400, invalid(/"file"/)]);
    expect(await filesKept()).toEqual([]);
  });

  it('may carry fields before the file', async () => {
    await client
      .post(`${feed.path}/files`)
      .field('note', 'x')
      .attach('file', Buffer.from('login,mail,off\n'), 'a.csv')
      .expect(200);
  });

  const part = (disposition: string, text: string) => `--b\r\n${disposition}\r\n\r\n${text}\r\n`;
  const plain = 'Content-Disposition: form-data; name="file"; filename="a.csv"';
  it.each([
    ['nothing', ''],
    ['an end alone', '--b--\r\n'],
    ['no end', part(plain, 'login,mail,off')],
    ['another boundary', '--c\r\n\r\n--c--\r\n'],
    ['a part without a header', '--b\r\n\r\nx\r\n--b--\r\n'],
    ['a part without a name', `${part('Content-Disposition: form-data', 'x')}--b--\r\n`],
    [
      'a prototype for a name',
      `${part('Content-Disposition: form-data; name="__proto__"; filename="a"', 'x')}--b--\r\n`,
    ],
    ['half a header', '--b\r\nContent-Dispo'],
  ])('whose form holds %s is refused', async (_, form) => {
    const response = await client
      .post(`${feed.path}/files`)
      .set('Content-Type', 'multipart/form-data; boundary=b')
      .send(form);
    expect([response.status, response.body]).toEqual([400, invalid(/\S/)]);
  });

  it('whose part has a type but no file name is judged, not broken', async () => {
    const form = `${part('Content-Disposition: form-data; name="file"\r\nContent-Type: application/octet-stream', 'login,mail,off')}--b--\r\n`;
    const { status } = await client
      .post(`${feed.path}/files`)
      .set('Content-Type', 'multipart/form-data; boundary=b')
      .send(form);
    expect([200, 400]).toContain(status);
  });

  it('that gives its part or a field twice is refused, and nothing of it is kept', async () => {
    const file = ['file', Buffer.from('login,mail,off\n'), 'a.csv'] as const;
    const post = () => client.post(`${feed.path}/files`);
    for (const test of [
      post()
        .attach(...file)
        .attach(...file),
      post()
        .field('note', 'x')
        .attach(...file)
        .field('note', 'x'),
      post()
        .field('note', 'x')
        .field('note', 'x')
        .attach(...file),
    ]) {
      const { status, body } = await test;
      expect([status, body]).toEqual([400, invalid(/must be given once/)]);
    }
    expect(await filesKept()).toEqual([]);
  });

  it.each([
    [70, 200, { file: expect.anything() as unknown }],
    [71, 400, invalid(/boundary.*70/)],
    [253, 400, invalid(/boundary.*70/)],
  ])('with a boundary of %i characters is %i', async (length, expected, answer) => {
    const boundary = 'b'.repeat(length);
    const form = part(plain, 'login,mail,off').replaceAll('--b', `--${boundary}`);
    const { status, body } = await client
      .post(`${feed.path}/files`)
      .set('Content-Type', `multipart/form-data; boundary=${boundary}`)
      .send(`${form}--${boundary}--\r\n`);
    expect([status, body]).toEqual([expected, answer]);
  });

  it('without a boundary is refused', async () => {
    const response = await client.post(`${feed.path}/files`).set('Content-Type', 'multipart/form-data').send('x');
    expect([400, 415]).toContain(response.status);
  });

  it('that breaks off leaves nothing behind', async () => {
    const head = [
      `POST ${feed.path}/files HTTP/1.1`,
      'host: x',
      `authorization: Bearer ${client.token}`,
      'content-type: multipart/form-data; boundary=b',
      'content-length: 1000',
      'connection: close',
    ];
    const answer = rawRequest(api.server, `${head.join('\r\n')}\r\n\r\n${part(plain, 'login,mail,off')}`);
    const broken = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'waits'))]);
    expect(broken).toBe('waits');
    api.server.closeAllConnections();
    await answer;
    await expect.poll(filesKept, { timeout: 5_000 }).toEqual([]);
    await client.get(feed.path).expect(200);
  });
});

describe('validating', () => {
  const validate = (body?: object) => client.post(`${feed.path}/validate`).send(body);

  it('reads the newest file under the connector’s own configuration or another', async () => {
    await upload('login,mail,off\na,,\n').expect(200);
    const { id } = (await upload('login,mail,off\na,,maybe\nb,,\n').expect(200)).body.file;
    const own = await validate().expect(200);
    expect(own.body).toEqual({
      fileId: id,
      rows: 2,
      refusedRows: 1,
      firstRefused: [expect.objectContaining({ line: 2 })],
    });
    const other = await validate({ config: { ...config, mapping: { login: 'nativeIdentity' } } }).expect(200);
    expect(other.body).toMatchObject({ rows: 2, refusedRows: 0 });
    expect((await validate({ config: null }).expect(200)).body).toEqual(own.body);
  });

  it('takes an empty JSON body for none', async () => {
    await upload('login,mail,off\n').expect(200);
    await client.post(`${feed.path}/validate`).set('Content-Type', 'application/json').send('').expect(200);
  });

  it('says what does not fit the file', async () => {
    await upload('login,mail,off\n').expect(200);
    const missing = { ...config, mapping: { login: 'nativeIdentity', absent: 'name' } };
    expect((await validate({ config: missing }).expect(400)).body).toEqual(invalid(/line 1.*"absent"/i));
    expect((await validate({ config: {} }).expect(400)).body).toEqual(invalid(/config\.kind/));
    expect((await validate({ konfig: {} }).expect(400)).body).toEqual(invalid(/konfig/));
    expect((await validate({ config: [] }).expect(400)).body.code).toBe(3);
  });

  it('needs a file', async () => {
    const { status, body } = await validate();
    expect([status, body.code]).toEqual([400, 9]);
  });
});
