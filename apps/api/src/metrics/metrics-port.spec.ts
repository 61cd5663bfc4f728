import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MetricsPort } from './metrics-port.js';

const told = (text: () => Promise<string>) => ({ contentType: 'text/plain; version=0.0.4', text });
let open: MetricsPort | undefined;
const listen = async (text: () => Promise<string>) =>
  (open = await MetricsPort.listen(told(text), '/m', 0, '127.0.0.1'));
afterEach(async () => open?.close());

describe('a port for metrics alone', () => {
  it('answers its one path', async () => {
    const { url } = await listen(async () => 'up 1\n');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/m$/);
    for (const asked of [url, `${url}?x=1`]) {
      const answer = await fetch(asked);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4']);
      expect(await answer.text()).toBe('up 1\n');
    }
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('knows nothing else', async () => {
    const { url } = await listen(async () => 'up 1\n');
    for (const near of [`${url}/`, url.replace('/m', '//m'), url.replace('/m', '/M'), url.replace('/m', '/accounts')]) {
      expect([near, (await fetch(near)).status]).toEqual([near, 404]);
    }
    const post = await fetch(url, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('breaks the connection where it has nothing to tell, and goes on', async () => {
    let broken = true;
    const { url } = await listen(async () => {
      if (broken) throw new Error('broken');
      return 'up 1\n';
    });
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    broken = false;
    expect((await fetch(url)).status).toBe(200);
  });

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(
      MetricsPort.listen(
        told(async () => ''),
        '/m',
        port,
        '127.0.0.1',
      ),
    ).rejects.toThrow('EADDRINUSE');
    other.close();
  });
});
