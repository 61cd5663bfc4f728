import type { TaskMessage, TaskOutcome } from '@app/jobs';
import type { StateOperation } from './pending-operations.js';

type Text = readonly [type: TaskMessage['type'], key: string, text: string];

const hereOnly =
  'It was changed here only: nothing was written to the source, and the next run takes over what the source says.';

/** What tasks tell whoever asked for them. */
const texts = {
  hereOnly: ['INFO', 'changed_here_only', hereOnly],
  madeHereOnly: [
    'INFO',
    'made_here_only',
    'The account was made here only: the next complete run removes it unless the source names it.',
  ],
  removedHereOnly: [
    'INFO',
    'removed_here_only',
    'The account was removed here only: it returns with the next run if the source still names it.',
  ],
  unchanged: ['INFO', 'unchanged', 'Nothing was different: nothing was changed.'],
  written: ['INFO', 'written_to_source', 'The source has done it.'],
  notNoted: [
    'ERROR',
    'not_noted',
    'The source has done it, but it could not be noted here: the next run that reads the account does.',
  ],
  goneMeanwhile: [
    'WARN',
    'account_gone',
    'The source has done it, but the account is no longer here: it was removed in the meantime.',
  ],
  gone: ['ERROR', 'account_gone', 'The account is no longer here: nothing was changed.'],
  notAllowed: ['ERROR', 'not_allowed', 'Whoever asked for it may not do it any more: nothing was changed.'],
  noWriter: ['ERROR', 'no_writer', 'Nothing here can write to the source any more: nothing was changed.'],
  readAgain: ['INFO', 'read_again', 'The account is as the newest file says.'],
  noFile: ['WARN', 'no_file', 'The connector has no file yet: nothing was changed.'],
  noRow: [
    'WARN',
    'not_in_file',
    'The newest file does not name the account: nothing was changed. The next complete run removes it.',
  ],
  noReader: ['ERROR', 'no_reader', 'Accounts of this kind of connector are read by runs only: nothing was changed.'],
  brokenOff: [
    'ERROR',
    'broken_off',
    'Not all accounts could be taken up: those that were have tasks of their own. Ask for it again.',
  ],
  loginsLeft: ['INFO', 'sign_in_left', 'Whether its owner may sign in here is left as it is.'],
} as const satisfies Record<string, Text>;

const already: Readonly<Record<StateOperation, string>> = {
  enable: 'The account was enabled already: nothing was changed.',
  disable: 'The account was disabled already: nothing was changed.',
  unlock: 'The account was not locked: nothing was changed.',
};

export function message(name: keyof typeof texts): TaskMessage {
  const [type, key, text] = texts[name];
  return { type, key, text };
}

export function alreadySo(operation: StateOperation): TaskMessage {
  return { type: 'INFO', key: 'already_so', text: already[operation] };
}

export function done(...messages: readonly TaskMessage[]): TaskOutcome {
  return { succeeded: messages.every(({ type }) => type !== 'ERROR'), messages };
}

export function failure(key: string, text: string, type: 'WARN' | 'ERROR' = 'ERROR'): TaskMessage {
  return { type, key, text };
}
