import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../worker/src/main.js', import.meta.url));
/** Rows come and go by the hundred thousand: collecting them sooner costs less than the memory they would fill. */
const execArgv = [...process.execArgv, '--heap-growing-percent=20', '--max-semi-space-size=8'];
const longestWaitMs = 30_000;
const stopWithinMs = 15_000;

/** The worker as a child process: it ends with the server, and is started again, ever more slowly, when it fails. */
export class WorkerProcess {
  private child: ChildProcess | undefined;
  private stopping = false;
  private waitMs = 500;
  private retry: NodeJS.Timeout | undefined;

  constructor() {
    this.start();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.retry);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;

    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const giveUp = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await exited;
    clearTimeout(giveUp);
  }

  private start(): void {
    const startedAt = Date.now();
    this.child = fork(program, { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child.once('exit', () => {
      if (this.stopping) return;
      this.waitMs = Date.now() - startedAt > 60_000 ? 500 : Math.min(this.waitMs * 2, longestWaitMs);
      this.retry = setTimeout(() => this.start(), this.waitMs);
    });
  }
}
