import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../command.js';

const program = fileURLToPath(new URL('../../../api/src/main.js', import.meta.url));
const stopWithinMs = 60_000;

/** The built server as a child process, stopped with the demo. */
export class DemoServer {
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    this.ended = gone(child) ? Promise.resolve() : once(child, 'exit').then(() => undefined);
  }

  /** A server that cannot start says why in one sentence, which is then ours. */
  static async start(environment: NodeJS.ProcessEnv): Promise<DemoServer> {
    // Its own process group: Ctrl-C in a terminal reaches the demo, which stops the server once that can be stopped.
    const child = fork(program, {
      env: environment,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    const held = new HeldBack(child);
    const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const url = await Promise.race([held.listening, exited]);
    if (url === undefined) throw new CommandError(held.complaint || 'The server ended before it could answer.');

    held.release();
    return new DemoServer(child, url);
  }

  /** From now on /health/ready answers 200. */
  tellComplete(): void {
    this.child.send('sample company complete');
  }

  async stop(): Promise<void> {
    if (gone(this.child)) return;
    this.child.kill('SIGTERM');
    const giveUp = setTimeout(() => this.child.kill('SIGKILL'), stopWithinMs);
    await this.ended;
    clearTimeout(giveUp);
  }
}

function gone({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** What a starting server prints. Shown once it runs; of one that does not, its one sentence is all there is to say. */
class HeldBack {
  readonly listening: Promise<string>;
  private readonly errors: string[] = [];
  private readonly logs: string[] = [];
  private started = false;

  constructor(child: ChildProcess) {
    this.listening = new Promise((resolve) => {
      this.follow(child.stdout, this.logs, (url) => {
        process.stdout.write(`listening on ${url}\n`);
        resolve(url);
      });
    });
    this.follow(child.stderr, this.errors, () => undefined);
  }

  get complaint(): string {
    return this.errors.join('\n').trim() || this.logs.join('\n');
  }

  release(): void {
    this.started = true;
    for (const line of [...this.logs, ...this.errors]) process.stderr.write(`${line}\n`);
  }

  private follow(stream: Readable | null, held: string[], onListening: (url: string) => void): void {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url !== undefined) onListening(url);
      else if (this.started) process.stderr.write(`${line}\n`);
      else held.push(line);
    });
  }
}
