import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '@app/persistence';
import { type Client, TestApi } from '../../support/api.js';
import { MailServer, readMail, type ReceivedMail } from '../../support/mail-server.js';

const directory = '/api/v1/directory';
const password = 'orbit velvet quarry mango plinth';
const soon = { timeout: 20_000, interval: 50 };

let mailServer: MailServer;
let api: TestApi;
let admin: Client;
let number = 0;
const log: string[] = [];
const logDestination = new Writable({
  write(chunk, _encoding, done) {
    log.push(String(chunk));
    done();
  },
});

beforeAll(async () => {
  mailServer = await MailServer.start({ refusals });
  const settings = {
    SMTP_URL: `smtp://localhost:${mailServer.port}`,
    MAIL_FROM: 'Acme Access <access@acme.test>',
    INVITATION_URL: 'https://portal.example.com/accept#token={token}',
    LOG_LEVEL: 'trace',
  };
  api = await TestApi.start(settings, logDestination);
  admin = await api.as('Administrator');
  await api.startWorker();
});
afterAll(async () => {
  await api.close();
  await mailServer.stop();
});

const refusals = { 'gone@example.com': 550, 'spam@example.com': 'text', 'more.spam@example.com': 'text' } as const;

interface Invited {
  readonly _id: string;
  readonly userName: string;
  readonly email: string;
  readonly token: string;
}

async function invited(body: object = {}): Promise<Invited> {
  const i = ++number;
  const names = { email: `guest${i}@example.com`, userName: `guest-${i}`, displayName: `A Guest ${i}` };
  return (
    await admin
      .post(`${directory}/invitations`)
      .send({ ...names, ...body })
      .expect(201)
  ).body;
}
const invitedAgain = async ({ _id }: Invited): Promise<Invited> =>
  (await admin.post(`${directory}/users/${_id}/invitation`).send({}).expect(200)).body;
const accept = (token: string, userName: string) =>
  api.client().post(`${directory}/invitations/accept`).send({ token, userName, displayName: 'Me', password });

const mailsTo = ({ email }: Pick<Invited, 'email'>) => mailServer.received.filter(({ to }) => to.includes(email));
async function mailTo(guest: Pick<Invited, 'email'>, count = 1): Promise<ReceivedMail> {
  await expect.poll(() => mailsTo(guest).length, soon).toBe(count);
  return mailsTo(guest).at(-1)!;
}
const rowsOf = ({ _id }: Invited) =>
  api.given.sql<{ id: string; state: string; last_error: string | null; attempts: number; sealed_text: string | null }>(
    'select id, state, last_error, attempts, sealed_text from outgoing_mail where user_id = $1 order by created_at, id',
    [_id],
  );
const statesOf = async (guest: Invited) => (await rowsOf(guest)).map(({ state }) => state);

/** While `work` is done nobody answers at the mail server's port. */
async function whileMailServerIsAway(work: () => Promise<void>): Promise<void> {
  const { port } = mailServer;
  await mailServer.stop();
  try {
    await work();
  } finally {
    mailServer = await MailServer.start({ port, refusals });
  }
}

describe('an invitation', () => {
  it('is mailed to whom it is for, with the link that accepts it', async () => {
    const guest = await invited();
    const mail = await mailTo(guest);
    expect(mail).toMatchObject({ from: 'access@acme.test', to: [guest.email] });
    const { headers, text } = readMail(mail);
    expect(headers).toContain('From: Acme Access <access@acme.test>');
    expect(headers).toContain(`Subject: Invitation to ${await api.slugOf()}`);
    expect(text).toContain(`Hello A Guest ${number},`);
    const token = /^https:\/\/portal\.example\.com\/accept#token=(\S+)$/m.exec(text)?.[1];
    expect(token).toBe(guest.token);
    await accept(token!, guest.userName).expect(200);
    await expect.poll(() => rowsOf(guest), soon).toMatchObject([{ state: 'sent', sealed_text: null }]);
  });

  it('is mailed again with another token', async () => {
    const guest = await invited();
    await mailTo(guest);
    const again = await invitedAgain(guest);
    const { text } = readMail(await mailTo(guest, 2));
    expect(text).toContain(again.token);
    expect(text).not.toContain(guest.token);
  });

  it('arrives when the mail server is back, and only with the token that is good', async () => {
    let [first, again, deleted]: (Invited | undefined)[] = [];
    await whileMailServerIsAway(async () => {
      first = await invited();
      await expect.poll(async () => (await rowsOf(first!))[0]?.last_error, soon).toContain('ECONNREFUSED');
      again = await invitedAgain(first);
      deleted = await invited();
      await admin.delete(`${directory}/users/${deleted._id}`).expect(204);
      expect(await statesOf(deleted)).toEqual(['withdrawn']);
      for (const guest of [first, deleted]) {
        const [mail] = await rowsOf(guest);
        const told = log.filter((line) => line.includes(`mail ${mail!.id} was withdrawn`));
        expect(told).toHaveLength(1);
        expect(told[0]).not.toContain(guest.email);
      }
    });
    const { text } = readMail(await mailTo(first!));
    expect(text).toContain(again!.token);
    await expect.poll(() => statesOf(first!), soon).toEqual(['withdrawn', 'sent']);
    expect(mailsTo(first!)).toHaveLength(1);
    expect(mailsTo(deleted!)).toEqual([]);
    await accept(again!.token, again!.userName).expect(200);
  }, 60_000);

  it.each([
    ['unknown to the mail server', 'gone@example.com', /550 not for gone@example\.com/],
    ['whose mail is refused for its text', 'spam@example.com', /^DATA: the server answered 554\.$/],
    ['that no mail can be sent to', 'a>,b@example.com', /^No mail can be sent to such an address\.$/],
  ])('to somebody %s is made all the same, and its mail is seen to have failed', async (_, email, reason) => {
    const guest = await invited({ email });
    await expect.poll(() => statesOf(guest), soon).toEqual(['failed']);
    expect(await rowsOf(guest)).toMatchObject([{ last_error: expect.stringMatching(reason), sealed_text: null }]);
    expect(log.join('')).toMatch(new RegExp(`mail [0-9a-f-]{36} to .* failed: `));
    await accept(guest.token, guest.userName).expect(200);
  });

  it('cannot be made into another mail by the names in it', async () => {
    for (const [field, value] of [
      ['email', 'a@example.com\r\nRCPT TO:<eve@example.com>'],
      ['displayName', 'A\r\nBcc: eve@example.com'],
      ['userName', 'a\nBcc: eve@example.com'],
    ] as const) {
      const names = { email: 'a@example.com', userName: 'a', displayName: 'A', [field]: value };
      await admin.post(`${directory}/invitations`).send(names).expect(400);
    }
    const rename = 'update organization set name = $2 where id = $1';
    await api.given.sql(rename, [api.organization.id, 'Acme\r\nBcc: eve@example.com\r\n\r\nEvil']);
    const mail = await mailTo(await invited());
    expect(mail.to).toHaveLength(1);
    const { headers } = readMail(mail);
    expect(headers).toContain('Subject: Invitation to Acme Bcc: eve@example.com Evil');
    expect(headers.filter((line) => /^bcc:/i.test(line))).toEqual([]);
  });

  it('to nobody’s address is not mailed', async () => {
    const guest = await invited();
    await mailTo(guest);
    await admin
      .patch(`${directory}/users/${guest._id}`)
      .send([{ op: 'remove', path: '/email' }])
      .expect(200);
    await invitedAgain(guest);
    expect(await rowsOf(guest)).toHaveLength(1);
  });
});

describe('the token of an invitation', () => {
  it('is in no log line and in no row, before it is sent and after', async () => {
    const secrets: string[] = [];
    await whileMailServerIsAway(async () => {
      const guest = await invited();
      await expect.poll(async () => (await rowsOf(guest))[0]?.attempts, soon).toBeGreaterThan(0);
      secrets.push(guest.token.slice(5));
      expect(await rowsThatSay(secrets)).toEqual([]);
    });
    const [refused, sent] = [await invited({ email: 'more.spam@example.com' }), await invited()];
    secrets.push(refused.token.slice(5), sent.token.slice(5));
    await expect
      .poll(async () => [await statesOf(refused), await statesOf(sent)], soon)
      .toEqual([['failed'], ['sent']]);
    expect(await rowsThatSay(secrets)).toEqual([]);
    expect(await rowsThatSay(['more.spam@example.com'])).toContain('public.outgoing_mail');
    expect(log.length).toBeGreaterThan(20);
    expect(secrets.filter((secret) => log.join('').includes(secret))).toEqual([]);
  }, 60_000);
});

/** Of every table of ours and of the queue. */
async function rowsThatSay(words: readonly string[]): Promise<string[]> {
  const tables = await api.given.sql<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'pgboss')`,
  );
  expect(tables.length).toBeGreaterThan(30);
  const texts = tables.map(({ name }) => `select '${name}' as name, to_jsonb(t)::text as row from ${name} t`);
  const database = api.app.get(Database);
  const { rows } = await database.asSystem('test', (system) => system.run(texts.join(' union all '), []));
  return (rows as { name: string; row: string }[])
    .filter(({ row }) => words.some((word) => row.includes(word)))
    .map(({ name }) => name);
}

describe('a server without a mail server', () => {
  it('says in its log to whom there was something to send, and not what', async () => {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const own = await TestApi.start({ LOG_LEVEL: 'trace' }, destination);
    try {
      await own.startWorker();
      const names = { email: 'ada@example.com', userName: 'ada', displayName: 'Ada' };
      const by = await own.as('Administrator');
      const { body } = await by.post(`${directory}/invitations`).send(names).expect(201);
      await expect.poll(() => lines.find((line) => line.includes('ada@example.com')), soon).toContain('Invitation to');
      await expect
        .poll(() => own.given.sql('select state, sealed_text from outgoing_mail'), soon)
        .toEqual([{ state: 'logged', sealed_text: null }]);
      expect(lines.join('')).not.toContain(body.token.slice(5));
    } finally {
      await own.close();
    }
  });
});
