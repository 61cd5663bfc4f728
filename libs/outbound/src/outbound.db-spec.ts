import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outbound, OutboundFailedError, OutboundRefusedError, type Resolve } from './outbound.js';

const timeLimitMs = 5_000;
const elsewhere = { host: '192.0.2.1', port: 5432 };

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => void server.close());

/** The names of these tests, in place of the world's. */
const names =
  (known: Record<string, string[]>): Resolve =>
  async (host) =>
    (known[host] ?? [host]).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

async function heard(outbound: Outbound, host: string, trusted = false): Promise<string> {
  const socket = await outbound.connect({ host, port }, { timeLimitMs, trusted });
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('a connection to another machine', () => {
  const known = names({ 'inside.test': ['127.0.0.1'], 'both.test': ['8.8.8.8', '127.0.0.1'], 'nobody.test': [] });

  it.each(['127.0.0.1', '::ffff:127.0.0.1', 'inside.test', 'both.test'])(
    'is refused to %s while its range is closed',
    async (host) => {
      const refused = heard(new Outbound({ allow: [], database: elsewhere }, known), host);
      await expect(refused).rejects.toThrow(OutboundRefusedError);
      await expect(refused).rejects.toThrow(/has the loopback address .*OUTBOUND_ALLOW/);
    },
  );

  it.each(['127.1', '0x7f.0.0.1', '2130706433', 'localhost'])(
    'is refused to %s, as the system reads it',
    async (host) => {
      await expect(heard(new Outbound({ allow: [], database: elsewhere }), host)).rejects.toThrow(OutboundRefusedError);
    },
  );

  it.each(['127.0.0.1', 'inside.test'])('is open to %s when its range is', async (host) => {
    const outbound = new Outbound({ allow: ['127.0.0.0/8'], database: elsewhere }, known);
    expect(await heard(outbound, host)).toBe('hello');
  });

  it('is open to a host that the operator named himself', async () => {
    expect(await heard(new Outbound({ allow: [], database: elsewhere }, known), 'inside.test', true)).toBe('hello');
  });

  it('goes to the address that was looked at, whatever the name says next', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.9']];
    const changing: Resolve = async () => names({})(answers.shift()![0]!);
    const outbound = new Outbound({ allow: ['127.0.0.1'], database: elsewhere }, changing);
    expect(await heard(outbound, 'rebinding.test')).toBe('hello');
    expect(answers).toHaveLength(1);
  });

  it('fails in one sentence when nobody is there, the name is unknown, or no answer comes', async () => {
    const silent: Resolve = () => new Promise(() => undefined);
    const unknown: Resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    const allow = ['127.0.0.0/8'];
    const never = new Outbound({ allow, database: elsewhere }, silent);
    const target = { host: 'mail.test', port: 25 };
    await expect(never.connect(target, { timeLimitMs: 10 })).rejects.toThrow('cannot be reached: no answer in time.');
    await expect(heard(new Outbound({ allow, database: elsewhere }, unknown), 'mail.test')).rejects.toThrow(
      /^mail\.test:\d+ cannot be reached: ENOTFOUND\.$/,
    );
    await expect(heard(new Outbound({ allow, database: elsewhere }, known), 'nobody.test')).rejects.toThrow(
      OutboundFailedError,
    );
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const closedPort = (free.address() as AddressInfo).port;
    await new Promise((done) => free.close(done));
    await expect(
      new Outbound({ allow, database: elsewhere }).connect({ host: '127.0.0.1', port: closedPort }, { timeLimitMs }),
    ).rejects.toThrow('cannot be reached: ECONNREFUSED.');
  });
});

describe('our own database', () => {
  const known = names({ 'db.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'], 'remote.test': ['192.0.2.1'] });
  const allow = ['0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1'];

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '0.0.0.0', '::', 'other.test'])(
    'is not reached as %s, although everything is allowed and the operator trusts the host',
    async (host) => {
      const outbound = new Outbound({ allow, database: { host: 'db.test', port } }, known);
      await expect(heard(outbound, host)).rejects.toThrow(/is this server’s own database/);
      await expect(heard(outbound, host, true)).rejects.toThrow(OutboundRefusedError);
    },
  );

  it('does not close other ports of its machine, nor its port on others', async () => {
    const otherPort = new Outbound({ allow, database: { host: 'db.test', port: port + 1 } }, known);
    expect(await heard(otherPort, '127.0.0.1')).toBe('hello');
    const otherMachine = new Outbound({ allow, database: { host: 'remote.test', port } }, known);
    expect(await heard(otherMachine, '127.0.0.1')).toBe('hello');
  });
});
