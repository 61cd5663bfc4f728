import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const onLinux = process.platform === 'linux';

/**
 * When a process was born; undefined when it is gone. A number alone is given again to other processes, and the remains
 * of a killed process nobody has waited for still answer signal 0: both would pass for a running server.
 */
export function birthOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;

  try {
    return onLinux ? birthFromProc(pid) : birthFromPs(pid);
  } catch {
    return undefined;
  }
}

function birthFromProc(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;

  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${boot}/${fields[19]}`;
}

function birthFromPs(pid: number): string | undefined {
  const [state = '', ...started] = ps(pid, 'stat=,lstart=').trim().split(/\s+/);
  return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
}

/** Whether a live process is this program at work in this folder: tells our PostgreSQL from a stranger that got its number. */
export function runsIn(pid: number, program: string, folder: string): boolean {
  if (birthOf(pid) === undefined) return false;

  try {
    if (!onLinux) return [program, folder].every((part) => ps(pid, 'command=').includes(part));

    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return basename(command[0] ?? '') === program && (command.includes(folder) || workingFolder(pid) === folder);
  } catch {
    return false;
  }
}

function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function ps(pid: number, columns: string): string {
  return execFileSync('ps', ['-ww', '-o', columns, '-p', String(pid)], { encoding: 'utf8', env: { LC_ALL: 'C' } });
}

/** A text by which another process can tell whether this one still lives. */
export function ownMark(): string {
  return JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) });
}

export function pidIn(mark: string): number {
  try {
    return Number((JSON.parse(mark) as { pid?: unknown }).pid);
  } catch {
    return 0;
  }
}

/** A mark that cannot be read was damaged by a crash, so whoever left it is gone. */
export function markLives(mark: string): boolean {
  const birth = birthOf(pidIn(mark));
  return birth !== undefined && birth === (JSON.parse(mark) as { birth?: unknown }).birth;
}
