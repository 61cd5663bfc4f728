import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Client } from './api.js';

type Json = Record<string, unknown>;

/** A delimited-file connector driven over HTTP, as its users do. */
export class Feed {
  private constructor(
    private readonly client: Client,
    readonly applicationId: string,
    readonly connectorId: string,
  ) {}

  static async create(client: Client, name: string, config: object): Promise<Feed> {
    const app = await client.post('/api/v1/apps').send({ displayName: name }).expect(200);
    const applicationId: string = app.body.app.id;
    const connector = await client
      .post(`/api/v1/apps/${applicationId}/connectors/create`)
      .send({ displayName: `${name} export`, config })
      .expect(200);
    return new Feed(client, applicationId, connector.body.connectorView.connector.id);
  }

  /** One that is there. */
  static at(client: Client, applicationId: string, connectorId: string): Feed {
    return new Feed(client, applicationId, connectorId);
  }

  get path(): string {
    return `/api/v1/apps/${this.applicationId}/connectors/${this.connectorId}`;
  }

  async upload(text: string | Buffer): Promise<Json> {
    const { body } = await this.client
      .post(`${this.path}/files`)
      .attach('file', Buffer.from(text), 'export.csv')
      .expect(200);
    return body.file;
  }

  /** Uploads, runs, and waits for the end. */
  async sync(text: string | Buffer): Promise<Json> {
    await this.upload(text);
    return this.run();
  }

  async run(options: object = {}): Promise<Json> {
    await this.client.post(`${this.path}/runs`).send(options).expect(200);
    return this.finished();
  }

  async confirm(run: Json): Promise<Json> {
    await this.client.post(`${this.path}/runs/${String(run['id'])}/confirm`).expect(200);
    return this.finished();
  }

  async runs(): Promise<Json[]> {
    const { body } = await this.client.get(`${this.path}/runs`).expect(200);
    return body.list;
  }

  /** The newest run, once it neither waits nor goes. */
  async finished(): Promise<Json> {
    for (let i = 0; i < 400; i++) {
      const [run] = await this.runs();
      if (run && run['state'] !== 'queued' && run['state'] !== 'running') return run;
      await sleep(25);
    }
    return expect.fail('the run did not end in time');
  }

  async refusedRows(run: Json): Promise<{ line: number; reason: string; message: string }[]> {
    const { body } = await this.client.get(`${this.path}/runs/${String(run['id'])}/rows`).expect(200);
    return body.list;
  }
}
