import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '@app/kernel';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { WorkerModule } from './worker.module.js';

let bed: TestBed;
beforeAll(async () => {
  bed = await openTestBed();
});
afterAll(() => bed.close());

describe('a worker', () => {
  it('is seen while it is there, and takes its leave before the database closes', async () => {
    const configuration = readConfiguration({ LOG_LEVEL: 'silent', DATABASE_POOL_SIZE: '4', PORT: '0' });
    const serverKey = Buffer.alloc(32, 9);
    const module = WorkerModule.forRoot({ configuration, databaseUrl: bed.file.serverUrl, serverKey });
    const worker = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    expect(await bed.given.sql('select from worker')).toHaveLength(1);
    await worker.close();
    expect(await bed.given.sql('select from worker')).toEqual([]);
    const connections = `select from pg_stat_activity where datname = current_database() and application_name = 'ostiary worker'`;
    await expect.poll(() => bed.given.sql(connections)).toEqual([]);
  });
});
