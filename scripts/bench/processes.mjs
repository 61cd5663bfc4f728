// CPU and memory of processes from the kernel's own books.
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks are hundredths of a second on every Linux. */
const msPerTick = 10;

/** User and system time, with that of children that have ended if asked for. */
export function cpuMsOf(pid, withEnded = false) {
  const fields = statOf(pid);
  const ticks = [fields[11], fields[12], ...(withEnded ? [fields[13], fields[14]] : [])];
  return ticks.reduce((sum, value) => sum + Number(value), 0) * msPerTick;
}

/** A process and those it has started, ended ones included: a database server with all its backends. */
export function cpuMsOfFamily(pid) {
  return childrenOf(pid).reduce((sum, child) => sum + cpuOrNothing(child), cpuMsOf(pid, true));
}

export function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((other) => parentOf(other) === pid);
}

export function parentOf(pid) {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return undefined;
  }
}

/** The most memory a process has ever held. */
export function peakMiBOf(pid) {
  return statusMiB(pid, 'VmHWM');
}

/** What it holds now. */
export function rssMiBOf(pid) {
  return statusMiB(pid, 'VmRSS');
}

function statusMiB(pid, name) {
  const kibibytes = new RegExp(`${name}:\\s+([0-9]+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}

export function loadAverage() {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
}

function cpuOrNothing(pid) {
  try {
    return cpuMsOf(pid);
  } catch {
    return 0;
  }
}

/** The fields from the state on; the name before them may hold anything. */
function statOf(pid) {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
}
