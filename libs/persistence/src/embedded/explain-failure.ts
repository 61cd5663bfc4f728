import { DatabaseUnavailableError } from './database-unavailable-error.js';

const freeSpace = 'free some space, then start again';

/** What initdb or postgres said last, in one sentence. */
export function explainOutput(output: string, folder: string, packageName: string): string {
  if (/No space left on device|Disk quota exceeded/i.test(output))
    return `The disk under ${folder} is full: ${freeSpace}.`;
  if (/error while loading shared libraries|Library not loaded/i.test(output)) {
    return `PostgreSQL's libraries are incomplete, the install script of ${packageName} did not run: run npm rebuild ${packageName}.`;
  }
  if (/could not map anonymous shared memory|Cannot allocate memory/i.test(output)) {
    return 'There is too little memory for PostgreSQL: free some, or set DATABASE_URL to a server elsewhere.';
  }
  if (/Permission denied|Operation not permitted/i.test(output)) {
    return `PostgreSQL may not use its folder ${folder} (${lastComplaint(output)}): give the folder back to the user who made it.`;
  }
  if (/pre-existing shared memory block/i.test(output)) {
    return `Another PostgreSQL still works in ${folder}: end it, then start again.`;
  }
  return `PostgreSQL in ${folder} did not start: ${lastComplaint(output)}.`;
}

function lastComplaint(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const complaint = lines.findLast((line) => /FATAL|PANIC|error:|ERROR/.test(line)) ?? lines.at(-1);
  return complaint?.replace(/^.*?(FATAL|PANIC|ERROR|error):\s*/, '').replace(/\.$/, '') ?? 'it said nothing';
}

/** Whatever was thrown on the way to a running server, as the one error its callers have to print. */
export function asUnavailable(error: unknown, dir: string): DatabaseUnavailableError {
  if (error instanceof DatabaseUnavailableError) return error;

  const { code, path, message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  return new DatabaseUnavailableError(
    explainCode(code, path ?? dir) ?? `The database in ${dir} did not start: ${plain(message)}.`,
  );
}

function explainCode(code: string | undefined, path: string): string | undefined {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case '53100':
      return `The disk under ${path} is full: ${freeSpace}.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `No permission to write ${path}: give this user the folder, or set OSTIARY_DATA_DIR to another one.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${path} is no folder: move it away, or set OSTIARY_DATA_DIR to another place.`;
    default:
      return undefined;
  }
}

function plain(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, ' ').replace(/\.$/, '');
}
