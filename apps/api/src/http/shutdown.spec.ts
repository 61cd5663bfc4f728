import { Controller, Get, Injectable, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Agent, get } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Public } from '@app/access';
import { createHttpApplication } from './configure-http.js';
import { shutDown, shutDownOnSignals } from './shutdown.js';

const events: string[] = [];

@Injectable()
class Resource implements OnModuleDestroy, OnApplicationShutdown {
  onModuleDestroy(): void {
    events.push('destroyed');
  }

  onApplicationShutdown(): void {
    events.push('shut down');
  }
}

@Controller()
class SlowController {
  @Get('slow')
  @Public()
  async slow() {
    events.push('begun');
    await sleep(300);
    events.push('finished');
    return { done: true };
  }

  @Get('stuck')
  @Public()
  async stuck() {
    events.push('begun');
    await sleep(60_000, undefined, { ref: false });
  }
}

@Module({ controllers: [SlowController], providers: [Resource] })
class SlowModule {}

async function listen(): Promise<{ app: NestFastifyApplication; port: number }> {
  const app = await createHttpApplication(SlowModule, {
    configuration: { trustedProxies: [], uploadLimitBytes: 1000, logLevel: 'silent' },
  });
  await app.listen(0, '127.0.0.1');
  return { app, port: (app.getHttpServer().address() as AddressInfo).port };
}

function ask(port: number, path: string): Promise<number | string> {
  return new Promise((resolve) => {
    const agent = new Agent({ keepAlive: true });
    get({ port, host: '127.0.0.1', path, agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
  });
}

beforeEach(() => {
  events.length = 0;
});

describe('a shutdown', () => {
  it('lets a request in flight finish, takes no new one, and then closes what the server used', async () => {
    const { app, port } = await listen();
    const answer = ask(port, '/slow');
    await expect.poll(() => events).toContain('begun');
    const closed = shutDown(app, 5000);
    await sleep(50);
    expect(await ask(port, '/slow')).toBe('ECONNREFUSED');
    expect(await answer).toBe(200);
    await closed;
    expect(events).toEqual(['begun', 'finished', 'destroyed', 'shut down']);
  });

  it('waits no longer than the grace', async () => {
    const { app, port } = await listen();
    const answer = ask(port, '/stuck');
    await expect.poll(() => events).toContain('begun');
    const began = performance.now();
    await shutDown(app, 200);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await answer).toBe('ECONNRESET');
    expect(events).toContain('shut down');
  });

  it('is not held up by a connection that says nothing', async () => {
    const { app, port } = await listen();
    const idle = connect(port, '127.0.0.1').on('error', () => undefined);
    await sleep(50);
    await shutDown(app, 500);
    expect(events).toEqual(['destroyed', 'shut down']);
    idle.destroy();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('follows %s and exits 0', async (signal) => {
    const { app } = await listen();
    const exit = vi.fn<(code: number) => void>();
    shutDownOnSignals(app, exit);
    process.emit(signal, signal);
    await expect.poll(() => exit.mock.calls).toEqual([[0]]);
    expect(events).toContain('shut down');
    expect(process.listenerCount(signal)).toBe(0);
  });
});
