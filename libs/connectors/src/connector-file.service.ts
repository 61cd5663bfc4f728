import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { DomainError, newId, InvalidError, NotFoundError } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import type { ConnectorConfig } from './connector-config.js';
import { readDelimitedFile } from './delimited-file.js';
import type { RefusedRow } from './source-account.js';

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Rows a run would read, and how many of them it would refuse. */
  readonly rows: number;
  readonly refusedRows: number;
  readonly firstRefused: readonly RefusedRow[];
}

/** The newest file that came as a whole; `taken_at` is its own time. */
export interface NewestFile {
  readonly id: string;
  readonly taken_at: string;
}

export interface Upload {
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
  readonly limitBytes: number;
  /** The file's own time: until when its momentary figures hold is counted from here. */
  readonly takenAt: Date;
}

const chunkBytes = 1024 * 1024;
const refusedShown = 100;

const insertFile = statement<never>(
  undefined,
  `insert into connector_file (organization_id, id, connector_id, name, size_bytes, sha256, taken_at, uploaded_by)
   values ($1, $2, $3, $4, 0, '', $5, $6)`,
);
const insertChunk = statement<never>(
  'connector-file.chunk',
  `insert into connector_file_chunk (organization_id, file_id, position, content) values ($1, $2, $3, $4)`,
);
/** A connector that was deleted while the file came keeps nothing of it. */
const keepConnector = statement<{ id: string }>(
  undefined,
  `select id from connector where organization_id = $1 and id = $2 and deleted_at is null for share`,
);
const completeFile = statement<never>(
  undefined,
  `update connector_file set complete = true, size_bytes = $3, sha256 = $4 where organization_id = $1 and id = $2`,
);
const deleteFile = statement<never>(undefined, `delete from connector_file where organization_id = $1 and id = $2`);
const readChunk = statement<{ content: Buffer }>(
  'connector-file.read',
  `select content from connector_file_chunk where organization_id = $1 and file_id = $2 and position = $3`,
);
const fileSize = statement<{ size: number }>(
  undefined,
  `select size_bytes as size from connector_file where organization_id = $1 and id = $2`,
);
const newestFile = statement<NewestFile>(
  undefined,
  `select id, taken_at from connector_file where organization_id = $1 and connector_id = $2 and complete
    order by created_at desc, id desc limit 1`,
);

/** Uploads as rows of 1 MiB: checked while they stream, and there for a worker on any machine. */
@Injectable()
export class ConnectorFileService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Stores the file, or refuses it as a whole and keeps nothing of it. */
  async store(caller: Caller, connectorId: string, config: ConnectorConfig, upload: Upload): Promise<StoredFile> {
    const id = newId();
    await this.database.query(caller, insertFile, [id, connectorId, upload.name, upload.takenAt, caller.actor.name]);
    try {
      const written = { bytes: 0, hash: createHash('sha256') };
      const checked = await this.check(config, this.write(caller, id, upload, written));
      const sha256 = written.hash.digest('hex');
      await this.database.inTransaction(caller, async (tx) => {
        if ((await tx.query(keepConnector, [connectorId])).length === 0) throw new NotFoundError('connector');
        await tx.query(completeFile, [id, written.bytes, sha256]);
        const after = { fileId: id, name: upload.name, sizeBytes: written.bytes, sha256 };
        await this.audit.record(tx, {
          action: 'connector.fileUploaded',
          subjectType: 'connector',
          subjectId: connectorId,
          after,
        });
      });
      return { id, name: upload.name, sizeBytes: written.bytes, sha256, ...checked };
    } catch (error) {
      await this.database.query(caller, deleteFile, [id]);
      throw error;
    }
  }

  /** Reads every row as a run would, without taking anything over. */
  async check(config: ConnectorConfig, content: AsyncIterable<Uint8Array>) {
    let rows = 0;
    let refusedRows = 0;
    const firstRefused: RefusedRow[] = [];
    for await (const block of readDelimitedFile(content, config)) {
      rows += block.length;
      for (const row of block) {
        if ('account' in row) continue;
        refusedRows++;
        if (firstRefused.length < refusedShown) firstRefused.push(row);
      }
    }
    return { rows, refusedRows, firstRefused };
  }

  async newest(caller: Caller, connectorId: string): Promise<NewestFile | undefined> {
    const [file] = await this.database.query(caller, newestFile, [connectorId]);
    return file;
  }

  async *read(caller: Pick<Caller, 'organizationId'>, fileId: string): AsyncGenerator<Buffer> {
    const [file] = await this.database.query(caller, fileSize, [fileId]);
    let missing = file?.size ?? 0;
    const chunk = (position: number) => this.database.query(caller, readChunk, [fileId, position]);
    let next = chunk(0);
    for (let position = 1; ; position++) {
      const [found] = await next;
      if (!found) break;
      // The next one comes while this one is worked on; if nobody asks for it any more, its failure concerns nobody.
      next = chunk(position);
      next.catch(() => undefined);
      missing -= found.content.length;
      yield found.content;
    }
    // A part that is gone must not be taken for the end of the file: what it named would be absent.
    if (missing !== 0) throw new InvalidError('The stored file is not whole any more: upload it again.');
  }

  private async *write(
    caller: Caller,
    fileId: string,
    upload: Upload,
    written: { bytes: number; hash: ReturnType<typeof createHash> },
  ): AsyncGenerator<Uint8Array> {
    let position = 0;
    for await (const chunk of chunked(upload.content)) {
      written.bytes += chunk.length;
      if (written.bytes > upload.limitBytes) {
        throw new DomainError('too_large', `The file is larger than ${upload.limitBytes} bytes.`);
      }
      written.hash.update(chunk);
      await this.database.query(caller, insertChunk, [fileId, position++, chunk]);
      yield chunk;
    }
  }
}

async function* chunked(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of content) {
    parts.push(part);
    size += part.length;
    if (size < chunkBytes) continue;
    const whole = Buffer.concat(parts);
    let at = 0;
    for (; whole.length - at >= chunkBytes; at += chunkBytes) yield whole.subarray(at, at + chunkBytes);
    parts = [whole.subarray(at)];
    size = whole.length - at;
  }
  if (size > 0) yield Buffer.concat(parts);
}
