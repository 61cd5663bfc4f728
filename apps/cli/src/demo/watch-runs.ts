import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command.js';
import type { Api } from './api.js';
import { outcome, progressLine, type Watched } from './progress.js';
import { isOver, type Run } from './runs.js';
import type { Screen } from './screen.js';
import { newestRun, type System } from './systems.js';

const lookMs = 250;

/** Shows every system's newest run until all are over. Rejects when one did not succeed. */
export async function watchRuns(
  systems: readonly System[],
  rowsOf: ReadonlyMap<System, number>,
  { api, screen, signal }: { api: Api; screen: Screen; signal: AbortSignal },
): Promise<void> {
  const width = Math.max(...systems.map(({ name }) => name.length));
  const seen = new Map<System, Run>();
  for (;;) {
    for (const system of systems.filter((system) => !over(seen.get(system)))) {
      const run = await newestRun(system, api);
      if (run) seen.set(system, run);
      if (run && isOver(run) && !screen.moves) screen.say(`${system.name.padEnd(width)}  ${outcome(run)}`);
    }
    const watched = systems.map((system): Watched => {
      return { name: system.name, rowsInFile: rowsOf.get(system) ?? 0, run: seen.get(system) };
    });
    if (screen.moves) screen.draw(watched.map((line) => progressLine(line, width)));
    if (watched.every(({ run }) => over(run))) return requireSuccess(watched);
    await sleep(lookMs, undefined, { signal });
  }
}

function over(run: Run | undefined): boolean {
  return run !== undefined && isOver(run);
}

function requireSuccess(watched: readonly Watched[]): void {
  const failed = watched.filter(({ run }) => run?.state !== 'succeeded').map(({ name }) => name);
  if (failed.length === 0) return;
  throw new CommandError(
    `The sample company is not complete: ${failed.join(', ')} could not be read, for the reason above.`,
  );
}
