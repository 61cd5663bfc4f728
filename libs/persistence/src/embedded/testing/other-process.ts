import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { EmbeddedPostgresOptions } from '../embedded-postgres.js';

export interface OtherProcess {
  child: ChildProcess;
  /** What it told: the running server, or the error's name and message. */
  told: Promise<{ ownerUrl: string; serverUrl: string; adopted: boolean; error?: string; message?: string }>;
  /** Ends it the ordinary way: it stops its server first. */
  end(): Promise<void>;
  /** The way of a power cut: no handler runs. */
  kill(): Promise<void>;
}

/** Our sources import each other as .js, the names they have after the build; Node runs the .ts files as they are. */
const typescriptNames = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve: (name, context, next) =>
      next(name.startsWith('.') && context.parentURL?.endsWith('.ts') ? name.replace(/\\.js$/, '.ts') : name, context),
  });`;

const starter = (options: EmbeddedPostgresOptions, onEnd: 'stop' | 'exit'): string => `
  import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../embedded-postgres.ts', import.meta.url).href)};
  try {
    const server = await startEmbeddedPostgres(${JSON.stringify(options)});
    process.send(server);
    process.once('message', async () => {
      ${onEnd === 'stop' ? 'await server.stop(); process.disconnect();' : 'process.exit(3);'}
    });
  } catch (error) {
    process.send({ error: error.name, message: error.message });
    process.disconnect();
  }`;

/** Starts the embedded server in a Node process of its own, because only such a one can be killed. */
export function startInOtherProcess(
  options: EmbeddedPostgresOptions,
  { uid, onEnd = 'stop' }: { uid?: number; onEnd?: 'stop' | 'exit' } = {},
): OtherProcess {
  const hook = `data:text/javascript,${encodeURIComponent(typescriptNames)}`;
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--import', hook, '--input-type=module', '--eval', starter(options, onEnd)],
    {
      cwd: '/',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(uid !== undefined && { uid, gid: uid }),
    },
  );
  const gone = once(child, 'exit');
  const told = Promise.race([
    once(child, 'message'),
    gone.then(([code]) => [{ error: 'ended', message: String(code) }]),
  ]);

  return {
    child,
    told: told.then(([message]) => message as Awaited<OtherProcess['told']>),
    async end() {
      // A child that is just gone of its own breaks the channel in between; that is an end as well.
      if (child.connected) child.send('end', () => undefined);
      await gone;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
