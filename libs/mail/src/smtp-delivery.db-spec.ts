import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SmtpServer } from '@app/kernel';
import { Outbound } from '@app/outbound';
import { MailServer, type MailServerOptions, readMail } from '../../../test/support/mail-server.js';
import { DeliveryError } from './delivery.js';
import { SmtpDelivery, type SmtpLimits } from './smtp-delivery.js';

const authority = readFileSync(new URL('../../../test/support/tls/authority.pem', import.meta.url), 'utf8');
const trusted = getCACertificates('default');
const letter = { id: 'id-1', to: 'ada@example.com', subject: 'Invitation to Söhne', text: 'Hello Zoë,\n\nopen it.\n' };
const from = { name: 'Acme, Access', address: 'id@acme.test' };
const started: MailServer[] = [];

beforeAll(() => setDefaultCACertificates([...trusted, authority]));
afterAll(() => setDefaultCACertificates(trusted));
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function mailServer(options: Partial<MailServerOptions> = {}): Promise<MailServer> {
  const server = await MailServer.start(options);
  started.push(server);
  return server;
}

/** Every name of these tests is one of this machine. */
const outbound = new Outbound({ allow: [], database: { host: '192.0.2.1', port: 5432 } }, async (host) => [
  { address: host === '::1' ? host : '127.0.0.1', family: host === '::1' ? 6 : 4 },
]);

function deliveryTo(port: number, server: Partial<SmtpServer> = {}, limits?: SmtpLimits): SmtpDelivery {
  const named = { host: 'localhost', port, implicitTls: false, user: undefined, password: undefined, ...server };
  return new SmtpDelivery(named, from, outbound, limits);
}

const refusedBy = async (delivery: SmtpDelivery, changes: object = {}): Promise<DeliveryError> => {
  const error: unknown = await delivery.deliver({ ...letter, ...changes }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
};

describe('a letter', () => {
  it('reaches its recipient, and nobody else, as it was written', async () => {
    const server = await mailServer();
    const link = `https://portal.example.com/accept#token=osti_${'x'.repeat(43)}&more=${'y'.repeat(60)}`;
    expect(await deliveryTo(server.port).deliver({ ...letter, text: `${letter.text}\n${link}\n` })).toBe('sent');
    expect(server.received).toMatchObject([{ from: from.address, to: ['ada@example.com'] }]);
    const { headers, text } = readMail(server.received[0]!);
    expect(text.trimEnd()).toBe(`${letter.text}\n${link}`);
    expect(headers).toEqual(
      expect.arrayContaining([
        'From: "Acme, Access" <id@acme.test>',
        'To: ada@example.com',
        'Message-ID: <id-1@acme.test>',
        'Auto-Submitted: auto-generated',
        expect.stringMatching(/^Subject: =\?UTF-8\?/),
        expect.stringMatching(/^Date: /),
      ]),
    );
  });

  it('does not become another by what stands in its subject', async () => {
    const server = await mailServer();
    await deliveryTo(server.port).deliver({ ...letter, subject: 'Acme\r\nBcc: all@example.com\r\n\r\nother text' });
    expect(server.received[0]?.to).toEqual(['ada@example.com']);
    const { headers, text } = readMail(server.received[0]!);
    expect(headers.filter((line) => /^bcc/i.test(line))).toEqual([]);
    expect(text).not.toContain('other text');
  });

  it.each([
    'ada@example.com\r\nRCPT TO:<eve@example.com>',
    'ada@example.com,eve@example.com',
    'ada@example.com>',
    '"eve@example.com" x@y.test',
    'ada@example.com\u0000',
  ])('is sent to nobody at the address %j', async (to) => {
    const server = await mailServer();
    expect((await refusedBy(deliveryTo(server.port), { to })).permanent).toBe(true);
    expect(server.received).toEqual([]);
  });
});

describe('a mail server', () => {
  it('on another machine gets nothing without TLS', async () => {
    const account = { user: 'me', password: 'secret' };
    const server = await mailServer({ account });
    const error = await refusedBy(deliveryTo(server.port, { host: 'mail.test', ...account }));
    expect(error.permanent).toBe(false);
    expect(server.received).toEqual([]);
  });

  it.each([
    ['STARTTLS', { startTls: true }, {}],
    ['TLS at once', { implicitTls: true }, { implicitTls: true }],
  ])('gets it by %s if its certificate is good, with name and password', async (_, options, own) => {
    const account = { user: 'me@acme.test', password: 'p:/# ü' };
    const server = await mailServer({ ...options, account, certificate: 'of an authority' });
    await deliveryTo(server.port, { host: 'mail.test', ...own, ...account }).deliver(letter);
    expect(server.received).toMatchObject([{ secure: true, user: account.user, to: [letter.to] }]);
  });

  it.each([
    ['STARTTLS', 'signed by itself', 'mail.test', false],
    ['TLS at once', 'signed by itself', 'mail.test', true],
    ['TLS at once on this machine', 'signed by itself', 'localhost', true],
    ['STARTTLS', 'of an authority', 'other.test', false],
    ['TLS at once', 'of an authority', 'other.test', true],
  ] as const)('gets nothing by %s with a certificate %s as %s', async (_, certificate, host, implicitTls) => {
    const server = await mailServer({ startTls: !implicitTls, implicitTls, certificate });
    const error = await refusedBy(deliveryTo(server.port, { host, implicitTls }));
    expect(error.permanent).toBe(false);
    expect(error.message).toMatch(/self-signed certificate|does not match certificate/);
    expect(server.received).toEqual([]);
  });

  it('says for good or for now that it does not take a letter, without words that may repeat it', async () => {
    const refusals = { 'gone@example.com': 550, 'busy@example.com': 451, 'spam@example.com': 'text' } as const;
    const delivery = deliveryTo((await mailServer({ refusals })).port);
    const gone = await refusedBy(delivery, { to: 'gone@example.com' });
    expect([gone.permanent, gone.message]).toEqual([true, expect.stringContaining('550 not for gone@example.com')]);
    expect((await refusedBy(delivery, { to: 'busy@example.com' })).permanent).toBe(false);
    const spam = await refusedBy(delivery, { to: 'spam@example.com' });
    expect([spam.permanent, spam.message]).toEqual([true, 'DATA: the server answered 554.']);
  });

  it('that refuses the password is asked again later, and its answer is not repeated', async () => {
    const server = await mailServer({ account: { user: 'me', password: 'right' } });
    const error = await refusedBy(deliveryTo(server.port, { user: 'me', password: 'hunter2' }));
    expect(error.permanent).toBe(false);
    expect(error.message).toMatch(/^AUTH \w+: the server answered 535\.$/);
  });

  it.each([
    ['421 saw this: ', '\r\n'],
    ['554 saw this: ', ''],
  ])('that hangs up with %j and the text is not quoted', async (words, end) => {
    const rude = createServer((socket) => {
      let heard = '';
      socket.write('220 hello\r\n');
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        heard += chunk.toString();
        if (heard.endsWith('\r\n.\r\n')) socket.end(`${words}${heard.slice(-60).replaceAll(/\s+/g, ' ')}${end}`);
        else socket.write(heard.endsWith('DATA\r\n') ? '354 go on\r\n' : '250 fine\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(rude, 'listening');
    const { port } = rude.address() as AddressInfo;
    const error = await refusedBy(deliveryTo(port), { text: 'the canary token' });
    expect(error.permanent).toBe(false);
    expect(error.message).not.toContain('canary');
    expect(error.message).toMatch(/^\w+: the server answered (?:421|554)\.$/);
    rude.close();
  });

  it('that is not there, or says nothing, is asked again later', async () => {
    const server = await mailServer();
    await server.stop();
    const away = await refusedBy(deliveryTo(server.port));
    expect([away.permanent, away.message]).toEqual([
      false,
      `localhost:${server.port} cannot be reached: ECONNREFUSED.`,
    ]);

    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    for (const limits of [
      { connectMs: 1_000, answerMs: 50, totalMs: 60_000 },
      { connectMs: 1_000, answerMs: 60_000, totalMs: 50 },
    ]) {
      expect((await refusedBy(deliveryTo(port, {}, limits))).permanent).toBe(false);
    }
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
