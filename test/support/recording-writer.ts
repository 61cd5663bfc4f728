import { setTimeout as sleep } from 'node:timers/promises';
import { type AccountWriter, type SourceAccountAddress, SourceWriters, type WriteOptions } from '@app/connectors';
import type { TestApi } from './api.js';

interface Written {
  readonly operation: string;
  readonly nativeIdentity: string;
  readonly options: WriteOptions;
}

/** Stands for a source that can be written to: notes what it is asked, thinks, and fails as often as it is told. */
export class RecordingWriter implements AccountWriter {
  readonly written: Written[] = [];
  failures = 0;
  private held: { readonly open: Promise<void>; readonly release: () => void } | undefined;

  readonly enable = this.answering('enable');
  readonly disable = this.answering('disable');
  readonly unlock = this.answering('unlock');

  /** For accounts of delimited files, in the server and in its worker. */
  static async beside(api: TestApi): Promise<RecordingWriter> {
    await api.startWorker();
    const writer = new RecordingWriter();
    for (const writers of [api.app.get(SourceWriters, { strict: false }), api.inWorker(SourceWriters)]) {
      writers.register('delimited-file', writer);
    }
    return writer;
  }

  /** From now on nothing is answered before `release`. */
  hold(): void {
    let release = () => {};
    const open = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.held = { open, release };
  }

  release(): void {
    this.held?.release();
    this.held = undefined;
  }

  of(nativeIdentity: unknown): string[] {
    return this.written.flatMap((one) => (one.nativeIdentity === nativeIdentity ? one.operation : []));
  }

  private answering(operation: string) {
    return async ({ nativeIdentity }: SourceAccountAddress, options: WriteOptions): Promise<void> => {
      this.written.push({ operation, nativeIdentity, options });
      await this.held?.open;
      await sleep(1);
      if (this.failures-- > 0) throw new Error('the directory\nis read only');
    };
  }
}
