import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf, runsIn } from './os-process.js';

/** What PostgreSQL writes about itself into its cluster while it runs. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

/** The server that works in this cluster now. A file left behind, even one whose pid belongs to another process today, is none. */
export function livePostmaster(cluster: string): Postmaster | undefined {
  const found = readPostmasterFile(cluster);
  return found && runsIn(found.pid, 'postgres', cluster) ? found : undefined;
}

function readPostmasterFile(cluster: string): Postmaster | undefined {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;

  const lines = readFileSync(file, 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * PostgreSQL itself replaces the file of a process that is gone, and refuses while the pid answers: also when it is now a
 * stranger's, or the remains of a killed server in a container whose first process collects nobody. Those, and a file
 * that a crash left empty, are removed here. Its lock on the shared memory still keeps two servers apart.
 */
export function removeMisleadingFile(cluster: string): void {
  const found = readPostmasterFile(cluster);
  if (!found || runsIn(found.pid, 'postgres', cluster)) return;
  if (answersSignals(found.pid) || birthOf(found.pid) !== undefined || !(found.pid > 0)) {
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
  }
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
