import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold, newId } from '@app/kernel';
import { systemStatement } from '@app/persistence';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { arrayText, copyField } from './staged-text.js';

let bed: TestBed;
let run: string;

const open = systemStatement<never>(undefined, 'select open_staging($1)');
const close = systemStatement<never>(undefined, 'select close_staging($1)');
const asSystem = <T>(work: Parameters<typeof bed.database.asSystem<T>>[1]) => bed.database.asSystem('test', work);
const tableOf = (id: string) => `staged_account_${id.replaceAll('-', '')}`;

beforeAll(async () => {
  bed = await openTestBed();
  run = newId();
  await asSystem((system) => system.query(open, [run]));
});
afterAll(() => bed.close());

const columns = `line, native_key, native_identity, native_identity_key, name, name_key, description, correlation_keys,
  disabled, locked, system_account, password_enabled, privileged, vaulted, shared, breached, failed_logins, in_privileged_group,
  in_highly_privileged_group, has_highly_privileged_role, attributes, entitlements, entitlement_count`;

interface Sample {
  readonly text: string;
  readonly nothing: string | null;
  readonly keys: readonly (string | null)[];
}

function lineOf({ text, nothing, keys }: Sample, line: number): string {
  const flags = Array<boolean>(8).fill(line % 2 === 0);
  const fields = [line, text, text, text, text, text, nothing, arrayText(keys), ...flags, 3, true, false, true];
  return `${[...fields, JSON.stringify({ [text]: text }), '[]', 0].map(copyField).join('\t')}\n`;
}

async function copied(samples: readonly Sample[], id = run): Promise<Record<string, unknown>[]> {
  const copy = systemStatement<never>(undefined, `copy ${tableOf(id)} (${columns}) from stdin`);
  await asSystem((system) =>
    system.copyIn(
      copy,
      (async function* () {
        for (const [line, sample] of samples.entries()) yield lineOf(sample, line);
      })(),
    ),
  );
  const select = systemStatement<Record<string, unknown>>(
    undefined,
    `select name as text, description as nothing, correlation_keys as keys, attributes, disabled
       from ${tableOf(id)} order by line`,
  );
  const found = await asSystem((system) => system.query(select));
  await bed.given.sql(`delete from ${tableOf(id)}`);
  return found;
}

const expected = ({ text, nothing, keys }: Sample, line: number) => ({
  text,
  nothing,
  keys: keys.map((key) => (key === null ? null : fold(key))),
  attributes: { [text]: text },
  disabled: line % 2 === 0,
});

const awkward = [
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\\',
  '\\\\',
  '\\N',
  '\\.',
  '\\.\n',
  '\\t',
  '"',
  '""',
  "'",
  '{',
  '}',
  '{}',
  '{a,b}',
].concat([',', 'NULL', 'null', '\\x00', '👩‍👩‍👧', 'Zoë', 'ﬃ', 'İ', '\u0001', '\u007f', '\u2028', '$1', '%', ';--', '']);
const piece = fc.oneof(fc.constantFrom(...awkward), fc.string({ maxLength: 4 }));
const text = fc
  .array(piece, { maxLength: 6 })
  .map((parts) => parts.join(''))
  .filter((made) => !made.includes('\u0000') && made.isWellFormed());

describe('staged rows', () => {
  it('come out of COPY as they went in, each awkward text among them', async () => {
    const samples = awkward.map((one): Sample => ({ text: one, nothing: null, keys: [one, null, `a${one}b`] }));
    expect(await copied(samples)).toEqual(samples.map(expected));
  });

  it('come out of COPY as they went in, whatever they hold', async () => {
    const keys = fc.array(fc.option(text), { maxLength: 3 });
    const sample = fc.record({ text, nothing: fc.option(text), keys });
    const samples = fc.array(sample, { minLength: 20, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(samples, async (some) => {
        expect(await copied(some)).toEqual(some.map(expected));
      }),
      { numRuns: 15, interruptAfterTimeLimit: 10_000 },
    );
  });

  it('of a long file do not keep another run from opening and closing its own', async () => {
    const other = newId();
    const copy = systemStatement<never>(undefined, `copy ${tableOf(run)} (${columns}) from stdin`);
    const order: string[] = [];
    await asSystem((system) =>
      system.copyIn(
        copy,
        (async function* () {
          yield lineOf({ text: 'first', nothing: null, keys: [] }, 0);
          await asSystem((second) => second.query(open, [other]));
          await asSystem((second) => second.query(close, [other]));
          order.push('the other run');
          yield lineOf({ text: 'second', nothing: null, keys: [] }, 1);
        })(),
      ),
    );
    order.push('the long file');
    expect(order).toEqual(['the other run', 'the long file']);
  });

  it('go with their run', async () => {
    const gone = newId();
    await asSystem((system) => system.query(open, [gone]));
    await copied([{ text: 'x', nothing: null, keys: [] }]);
    await asSystem((system) => system.query(close, [gone]));
    expect(await bed.given.sql('select to_regclass($1) as part', [tableOf(gone)])).toEqual([{ part: null }]);
    await asSystem((system) => system.query(close, [gone]));
  });
});
