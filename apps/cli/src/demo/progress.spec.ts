import { describe, expect, it } from 'vitest';
import { counted, outcome, progressLine, shareDone } from './progress.js';
import { isOver, missingAfter, newestOf, type Run } from './runs.js';

const run = (fields: Partial<Run>): Run => ({
  id: 'r',
  state: 'running',
  stage: 'waiting',
  dryRun: false,
  rowsRead: 0,
  rowsRefused: 0,
  rowsToApply: 0,
  rowsApplied: 0,
  accountsCreated: 0,
  accountsUpdated: 0,
  accountsUnchanged: 0,
  ownersCreated: 0,
  error: '',
  ...fields,
});

describe('how far a run is', () => {
  it('only ever grows on its way', () => {
    const way = [
      undefined,
      run({ state: 'queued' }),
      run({ stage: 'reading' }),
      run({ stage: 'reading', rowsRead: 50 }),
      run({ stage: 'comparing', rowsRead: 100 }),
      run({ stage: 'applying', rowsToApply: 100 }),
      run({ stage: 'applying', rowsToApply: 100, rowsApplied: 60 }),
      run({ stage: 'removing' }),
      run({ stage: 'correlating' }),
      run({ stage: 'managers' }),
      run({ stage: 'insights' }),
      run({ stage: 'done', state: 'succeeded' }),
    ].map((step) => shareDone(step, 100));
    expect(way).toEqual(way.toSorted((a, b) => a - b));
    expect(way.at(0)).toBe(0);
    expect(way.at(-1)).toBe(1);
  });

  it('never leaves 0 to 1, whatever the counters say', () => {
    expect(shareDone(run({ stage: 'reading', rowsRead: 900 }), 100)).toBe(0.25);
    expect(shareDone(run({ stage: 'reading', rowsRead: 900 }), 0)).toBe(0.05);
    expect(shareDone(run({ stage: 'applying' }), 0)).toBe(0.3);
    expect(shareDone(run({ stage: 'something new' }), 0)).toBe(0);
  });
});

describe('a line of progress', () => {
  it('shows the stage, then what it came to', () => {
    const at = (watched: Run | undefined) => progressLine({ name: 'HR', rowsInFile: 10, run: watched }, 6);
    expect(at(undefined)).toBe(`HR      ${'░'.repeat(24)}   0%  waiting`);
    expect(at(run({ stage: 'comparing' }))).toBe(`HR      ${'█'.repeat(6)}${'░'.repeat(18)}  25%  comparing`);
    expect(at(run({ state: 'succeeded', stage: 'done', accountsCreated: 10 }))).toBe(
      `HR      ${'█'.repeat(24)} 100%  10 accounts`,
    );
  });

  it('tells owners and refused rows where there are any, and why a run failed', () => {
    expect(outcome(run({ state: 'succeeded', accountsCreated: 1, accountsUnchanged: 1999, ownersCreated: 1 }))).toBe(
      '2,000 accounts, 1 new owner',
    );
    expect(outcome(run({ state: 'succeeded', rowsRefused: 2 }))).toBe('0 accounts, 2 rows refused');
    expect(outcome(run({ state: 'failed', error: 'Line 3: no.' }))).toBe('failed: Line 3: no.');
    expect(outcome(run({ state: 'cancelled' }))).toBe('cancelled: no reason was given');
  });

  it('counts in words', () => {
    expect([counted(0, 'row'), counted(1, 'row'), counted(12_345, 'row')]).toEqual(['0 rows', '1 row', '12,345 rows']);
  });
});

describe('what is still to do', () => {
  it.each([
    [undefined, 'file'],
    ['failed', 'file'],
    ['cancelled', 'file'],
    ['paused', 'resumption'],
    ['needs_confirmation', 'file'],
    ['queued', 'end of run'],
    ['running', 'end of run'],
    ['succeeded', 'nothing'],
  ] as const)('after a newest run that is %s: %s', (state, missing) => {
    expect(missingAfter(state && run({ state }))).toBe(missing);
  });

  it('is not told by a run that changed nothing', () => {
    expect(newestOf([run({ id: 'dry', dryRun: true }), run({ id: 'real' })])?.id).toBe('real');
    expect(newestOf([])).toBeUndefined();
  });

  it('is over when nobody works on it any more', () => {
    expect(isOver(run({ state: 'queued' }))).toBe(false);
    expect(isOver(run({ state: 'needs_confirmation' }))).toBe(true);
  });
});
