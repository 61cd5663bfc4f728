import 'reflect-metadata';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import { type DestinationStream, pino } from 'pino';
import supertest from 'supertest';
import type { Role } from '@app/access';
import { AccessTokens, FirstStart, PasswordService } from '@app/auth';
import { type Configuration, newId, readConfiguration } from '@app/kernel';
import { RunWorker } from '@app/sync';
import { AppModule } from '../../apps/api/src/app.module.js';
import { createHttpApplication } from '../../apps/api/src/http/configure-http.js';
import { PinoNestLogger } from '../../apps/worker/src/pino-nest-logger.js';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { AnswerWatch } from './answer-watch.js';
import { Given, type GivenOrganization, type Row } from './given.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head';

/** Requests of one caller; every answer is a supertest one. */
export type Client = Record<Method, (path: string) => supertest.Test> & { readonly user: Row; readonly token: string };

const serverKey = Buffer.alloc(32, 9);

/** The whole server on a database of the test file's own, called through supertest; each answer is held against its document. */
export class TestApi {
  private worker: INestApplicationContext | undefined;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly given: Given,
    readonly organization: GivenOrganization,
    private readonly configuration: Configuration,
    private readonly logDestination: DestinationStream | undefined,
    private readonly watch: AnswerWatch,
  ) {}

  static async start(environment: Record<string, string> = {}, logDestination?: DestinationStream): Promise<TestApi> {
    const database = await createTestDatabase();
    const configuration = testConfiguration(environment);
    const root = AppModule.forRoot({ configuration, databaseUrl: database.serverUrl, serverKey });
    const app = await createHttpApplication(root, { configuration, ...(logDestination && { logDestination }) });
    const watch = AnswerWatch.over(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const given = await Given.on(database.ownerUrl);
    const organization = await given.organization();
    const api = new TestApi(app, database, given, organization, configuration, logDestination, watch);
    await api.ensureSigningKey();
    return api;
  }

  get server(): Server {
    return this.app.getHttpServer();
  }

  /** Somebody who holds these roles, signed in with a password nobody knows. */
  async as(
    roles: Role | readonly Role[],
    organization = this.organization,
    columns: Record<string, unknown> = {},
  ): Promise<Client> {
    const user = await organization.user(columns);
    for (const role of [roles].flat()) {
      await this.given.insert('role_assignment', { organization_id: organization.id, user_id: user.id, role });
    }
    await this.givePassword(organization, user, newId());
    return this.signedIn(organization, user);
  }

  /** What a login in this organization names it by. */
  async slugOf({ id }: GivenOrganization = this.organization): Promise<string> {
    const [row] = await this.given.sql<{ slug: string }>('select slug from organization where id = $1', [id]);
    return row!.slug;
  }

  /** Lets a user sign in by login; with `must_change` only after a change of the password. */
  async givePassword({ id }: GivenOrganization, user: Row, password: string, mustChange = false): Promise<void> {
    const hash = await this.app.get(PasswordService).hash(password);
    await this.given.sql(
      `insert into credential (organization_id, user_id, password_hash, must_change) values ($1, $2, $3, $4)
       on conflict (organization_id, user_id) do update
         set password_hash = excluded.password_hash, must_change = excluded.must_change`,
      [id, user.id, hash, mustChange],
    );
  }

  async signedIn(organization: GivenOrganization, user: Row): Promise<Client> {
    const session = { id: newId(), organization_id: organization.id, user_id: user.id, credential_version: 1 };
    await this.given.insert('session', { ...session, expires_at: new Date(Date.now() + 3_600_000) });
    const { token } = await this.app.get(AccessTokens).sign({ sub: user.id, sid: session.id, org: organization.id });
    return { ...this.client(token), user, token };
  }

  /** Requests with this token, or with none. */
  client(token?: string): Record<Method, (path: string) => supertest.Test> {
    const send = (method: Method) => (path: string) => {
      const request = supertest(this.server)[method](path);
      return token === undefined ? request : request.set('Authorization', `Bearer ${token}`);
    };
    return {
      get: send('get'),
      post: send('post'),
      put: send('put'),
      patch: send('patch'),
      delete: send('delete'),
      head: send('head'),
    };
  }

  /** Runs a worker with the server's settings beside it from now on; call it where runs are to be done. */
  async startWorker(): Promise<RunWorker> {
    if (!this.worker) {
      const { configuration, logDestination } = this;
      const module = WorkerModule.forRoot({ configuration, databaseUrl: this.database.serverUrl, serverKey });
      const logger = logDestination && new PinoNestLogger(pino({ level: configuration.logLevel }, logDestination));
      this.worker = await NestFactory.createApplicationContext(module, {
        logger: logger ?? false,
        abortOnError: false,
      });
    }
    return this.worker.get(RunWorker);
  }

  /** A part of the worker that was started. */
  inWorker<T>(type: Type<T>): T {
    if (!this.worker) throw new Error('no worker was started');
    return this.worker.get(type, { strict: false });
  }

  async close(): Promise<void> {
    await this.worker?.close();
    await this.app.close();
    await this.given.close();
    await this.database.drop();
    this.watch.requireDocumented();
  }

  private async ensureSigningKey(): Promise<void> {
    // The organization is there already, so this makes the signing key only.
    await this.app
      .get(FirstStart)
      .ensure({ organizationName: '', organizationSlug: '', adminUser: '', adminPassword: '' });
  }
}

function testConfiguration(environment: Record<string, string>) {
  return readConfiguration({
    LOG_LEVEL: 'silent',
    RATE_LIMIT: 'off',
    ARGON2: '{"memoryKib":1024,"passes":1}',
    DATABASE_POOL_SIZE: '4',
    PORT: '0',
    OSTIARY_WORKER: 'none',
    ...environment,
  });
}
