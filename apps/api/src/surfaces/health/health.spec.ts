import { Module } from '@nestjs/common';
import supertest from 'supertest';
import { describe, expect, it, vi } from 'vitest';
import { startTestServer } from '../../../../../test/support/http/test-server.js';
import { HealthController } from './health.controller.js';
import { HealthModule } from './health.module.js';
import { type ReadinessCheck, readinessOf } from './readiness.js';

const passes = (name: string): ReadinessCheck => ({ name, check: () => Promise.resolve(true) });
const fails = (name: string): ReadinessCheck => ({ name, check: () => Promise.resolve(false) });
const throws = (name: string): ReadinessCheck => ({ name, check: () => Promise.reject(new Error('secret')) });
const hangs = (name: string): ReadinessCheck => ({ name, check: () => new Promise(() => undefined) });

describe('readiness', () => {
  it('is ok when every check holds, and when there is none', async () => {
    expect(await readinessOf([passes('database')])).toEqual({ status: 'ok', checks: { database: 'ok' } });
    expect(await readinessOf([])).toEqual({ status: 'ok', checks: {} });
  });

  it('names what fails, throws or does not answer in time', async () => {
    expect(await readinessOf([passes('a'), fails('b'), throws('c'), hangs('d')], 20)).toEqual({
      status: 'unavailable',
      checks: { a: 'ok', b: 'failed', c: 'failed', d: 'failed' },
    });
  });
});

describe('the health routes', () => {
  let ready = true;

  @Module({
    imports: [HealthModule.with({ useFactory: () => [{ name: 'database', check: () => Promise.resolve(ready) }] })],
  })
  class ServerModule {}

  it('answer anybody, in JSON', async () => {
    const { app, server } = await startTestServer(ServerModule);
    expect((await supertest(server).get('/health/live').expect(200)).body).toEqual({ status: 'ok' });
    expect((await supertest(server).get('/health/ready').expect(200)).body).toEqual({
      status: 'ok',
      checks: { database: 'ok' },
    });
    ready = false;
    const response = await supertest(server).get('/health/ready').expect(503);
    expect(response.body).toEqual({ status: 'unavailable', checks: { database: 'failed' } });
    await app.close();
  });

  it('ask once for all who ask at the same moment, and anew afterwards', async () => {
    const look = vi.fn(async () => true);
    const health = new HealthController([{ name: 'database', check: look }]);
    const reply = { code: vi.fn() };
    const ready = async () => (await health.ready(reply as never)).status;
    expect(await Promise.all([ready(), ready(), ready()])).toEqual(['ok', 'ok', 'ok']);
    expect(look).toHaveBeenCalledTimes(1);

    look.mockResolvedValue(false);
    expect(await ready()).toBe('unavailable');
    expect(reply.code.mock.calls).toEqual([[503]]);
  });
});
