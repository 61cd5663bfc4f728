import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountTarget, accountTargets } from '@app/connectors';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Trail } from '../../../test/support/trail.js';
import { Workbench } from '../../../test/support/workbench.js';
import { AccountCommands } from './account-commands.js';
import { AccountEdits } from './account-edits.js';
import { accountJobs } from './account-jobs.js';
import type { GivenAttributes } from './given-attributes.js';

let bench: Workbench;
let company: GivenOrganization;
let commands: AccountCommands;
let edits: AccountEdits;
let trail: Trail;

beforeAll(async () => {
  bench = await Workbench.open([], accountJobs);
  company = await bench.given.organization();
  await company.owner({ name: 'Ada', email: 'ada@example.com', identity_id: 'E1' });
  commands = bench.get(AccountCommands);
  edits = bench.get(AccountEdits);
  trail = new Trail(bench.given, company.id);
});
afterAll(() => bench.close());

const caller = () => principalOf(company.id, ['ORG_ADMIN']);

const truth = fc.constantFrom('true', 'no', '');
const time = fc.constantFrom('2026-01-31T08:00:00.123Z', '2020-02-29', '');
const list = fc.constantFrom('admins|staff', 'domain admins', 'b|a|b', '');
const text = fc.constantFrom('E1', ' E2 ', 'Köln', '');
/** What stands in a cell of each kind of column; any other holds a truth. */
const values: Partial<Record<AccountTarget, fc.Arbitrary<string>>> = {
  name: text,
  displayName: text,
  description: text,
  identityId: text,
  userPrincipalName: fc.constantFrom('ada@example.com', ''),
  email: fc.constantFrom('ada@example.com', 'B@x.org', ''),
  createdAt: time,
  lastLoginAt: time,
  passwordLastSetAt: time,
  failedLoginsLastHour: fc.constantFrom('0', '3', ''),
  groups: list,
  roles: list,
  entitlements: list,
};

const word = fc.constantFrom('mail', 'dept', 'city', 'name', 'displayName', 'id', 'floor');
const column = fc.oneof(
  fc.constantFrom(...accountTargets.filter((one) => one !== 'nativeIdentity' && one !== 'uuid')),
  word.map((name): AccountTarget => `attributes.${name}`),
);

/** A mapping with a row of it, and what is said beside; headers and attributes share their names, so that they cross. */
const described = fc
  .tuple(
    fc.uniqueArray(column, { maxLength: 10 }),
    fc.uniqueArray(fc.oneof(word, fc.stringMatching(/^[a-z]{3,8}$/)), { minLength: 10, maxLength: 10 }),
    fc.dictionary(
      fc.constantFrom('mail', 'dept', 'city', 'name', 'displayName', 'x y', 'attributes.dept'),
      fc.constantFrom('a', 'b '),
      { noNullPrototype: true },
    ),
  )
  .chain(([targets, headers, beside]) =>
    fc
      .tuple(...targets.map((target) => values[target] ?? (target.startsWith('attributes.') ? text : truth)))
      .map((cells) => ({
        mapping: { login: 'nativeIdentity', ...Object.fromEntries(targets.map((target, i) => [headers[i]!, target])) },
        given: Object.fromEntries(targets.map((_, i) => [headers[i]!, cells[i]!])),
        beside,
      })),
  );

let serial = 0;

/** Made by a request, as any client does it; then with further attributes that no request could give today. */
async function made({ mapping, given, beside }: { mapping: object; given: object; beside: object }): Promise<string> {
  const login = `account ${++serial}`;
  const connector = await bench.connector(company, login, {
    kind: 'delimited-file',
    mapping,
    privilegedEntitlements: ['admins'],
    highlyPrivilegedEntitlements: ['domain admins'],
  });
  await commands.create(caller(), { sourceId: connector.id, login, ...given });
  const [account] = await bench.given.sql('select id from account where native_identity = $1', [login]);
  await bench.given.sql('update account set attributes = $2::jsonb || attributes where id = $1', [
    account!.id,
    JSON.stringify(beside),
  ]);
  return account!.id;
}

async function stored(id: string): Promise<Row & { readonly attributes: GivenAttributes }> {
  const [row] = await bench.given.sql<Row & { attributes: GivenAttributes }>(
    `select a.*, (select jsonb_agg(entitlement_id order by entitlement_id) from account_entitlement where account_id = a.id) as held
       from account a where a.id = $1`,
    [id],
  );
  return row!;
}

describe('an account that is replaced', () => {
  it('by the attributes it shows is as it was and leaves no event, whatever it is and its connector maps', async () => {
    await fc.assert(
      fc.asyncProperty(described, async (description) => {
        const id = await made(description);
        const before = await stored(id);
        await trail.mark();
        await commands.replace(caller(), id, before.attributes);
        expect(await stored(id)).toEqual(before);
        expect(await trail.events()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('by them and one of its own changes that one alone, and a patch of it does the same', async () => {
    await fc.assert(
      fc.asyncProperty(described, fc.boolean(), async (description, patched) => {
        const id = await made({ ...description, beside: { ...description.beside, own: 'a' } });
        const { attributes, ...before } = await stored(id);
        await trail.mark();
        if (patched) await edits.edit(caller(), id, () => ({ attributes: { own: 'b' } }));
        else await commands.replace(caller(), id, { ...attributes, own: 'b' });
        expect(await stored(id)).toEqual({
          ...before,
          attributes: { ...attributes, own: 'b' },
          version: Number(before['version']) + 1,
          modified_at: expect.any(Date),
        });
        expect((await trail.events()).map(({ action }) => action)).toEqual(['account.updated']);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('by other attributes keeps what it does not show, also where today nobody could say it', async () => {
    const id = await made({
      mapping: { login: 'nativeIdentity', mail: 'email', groups: 'groups', vip: 'privileged', dept: 'attributes.dept' },
      given: { mail: 'ada@example.com', groups: 'staff', vip: 'true', dept: 'Board' },
      beside: { long: 'x'.repeat(5_000), ['n'.repeat(200)]: 'y', list: ['a'], count: 7 },
    });
    const { attributes, ...before } = await stored(id);
    const { dept: _gone, count: _counted, ...rest } = attributes;
    await commands.replace(caller(), id, { ...rest, count: '7' });
    expect(await stored(id)).toMatchObject({
      attributes: { ...rest, count: '7' },
      email: before['email'],
      held: before['held'],
      privileged: true,
      owner_id: before['owner_id'],
    });
    expect(before['owner_id']).not.toBeNull();
    await commands.replace(caller(), id, {});
    expect(await stored(id)).toMatchObject({ attributes: {}, email: 'ada@example.com', held: before['held'] });
    await commands.replace(caller(), id, { mail: null, groups: '' });
    expect(await stored(id)).toMatchObject({ email: null, held: null, owner_id: null, privileged: true });
  });

  it('may name its source, or an attribute that is called so as it is shown', async () => {
    const id = await made({
      mapping: { login: 'nativeIdentity', src: 'attributes.sourceId' },
      given: { src: 'HR' },
      beside: {},
    });
    const before = await stored(id);
    for (const sourceId of ['HR', String(before['connector_id']).toUpperCase()]) {
      await commands.replace(caller(), id, { sourceId });
    }
    expect(await stored(id)).toEqual(before);
    await expect(commands.replace(caller(), id, { sourceId: 'IT' })).rejects.toThrow('must be the id of a source');
  });
});
