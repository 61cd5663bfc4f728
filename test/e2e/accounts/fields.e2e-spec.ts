import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold } from '@app/kernel';
import { accountFields, accountSorters } from '../../../apps/api/src/surfaces/accounts/account.fields.js';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

type Json = Readonly<Record<string, unknown>>;
type Value = string | boolean | number | null;

let api: TestApi;
let client: Client;
let accounts: readonly Json[];
let right: Row;
let holders: readonly string[];

beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('ORG_ADMIN');
  const { organization } = api;
  const application = await organization.application();
  const hr = await organization.connector(application, { name: 'HR', authoritative: true });
  const wiki = await organization.connector(application, { name: 'wiki' });
  const contact = await organization.user();
  await organization.owner({ name: 'Contact', user_id: contact.id });
  await organization.connectorOwner(wiki, contact);
  const owners = [
    await organization.owner({ name: 'Zoë', connector_id: hr.id, identity_id: '1' }),
    await organization.owner({ name: 'ada', status: 'inactive' }),
    await organization.owner({ name: 'Bo', status: 'inactive', end_date: '2001-01-01' }),
    null,
  ];
  right = await organization.entitlement(wiki);
  const made: string[] = [];
  for (let i = 0; i < 16; i++) {
    const owner = owners[i % 4]!;
    const account = await organization.account(i % 3 === 0 ? hr : wiki, owner, {
      name: ['b', 'A', 'ä'][i % 3],
      created_at: `2026-01-0${1 + (i % 5)}T00:00:00.00${i % 2}Z`,
      modified_at: `2026-02-0${1 + (i % 4)}T00:00:00Z`,
      uuid: i % 4 === 1 ? null : `u${i % 5}`,
      ...(i % 5 === 0 && { origin: 'PROVISIONED' }),
      ...(owner && i % 6 === 0 && { correlation: 'manual' }),
    });
    if (i % 2 === 0) await organization.holds(account, right);
    if (i % 2 === 0) made.push(account.id);
  }
  holders = made;
  accounts = (await client.get('/accounts').expect(200)).body;
});
afterAll(async () => api.close());

/** What an account shows of each field; what the vendor publishes says which part of it that is. */
const shown: Readonly<Record<string, (account: Json) => Value>> = {
  ...Object.fromEntries(
    'id identityId name nativeIdentity sourceId uncorrelated hasEntitlements manuallyCorrelated origin created modified uuid'
      .split(' ')
      .map((name) => [name, (account: Json) => account[name] as Value]),
  ),
  'identity.id': ({ identityId }) => identityId as Value,
  'identity.name': ({ identity }) => ((identity as Json | null)?.['name'] ?? null) as Value,
  'identity.identityState': ({ identityState }) => identityState as Value,
  'identity.correlated': ({ identity }) => (identity === null ? null : (identity as Json)['name'] === 'Zoë'),
  'source.displayableName': ({ sourceName }) => sourceName as Value,
  'source.authoritative': ({ authoritative }) => authoritative as Value,
  'source.connectionType': ({ connectionType }) => connectionType as Value,
  'sourceOwner.name': ({ sourceOwner }) => ((sourceOwner as Json | null)?.['name'] ?? null) as Value,
  'recommendation.method': () => null,
  'recommendation.type': () => null,
};

async function idsBy(query: Record<string, string>): Promise<string[]> {
  const { body } = await client.get(`/accounts?${new URLSearchParams(query).toString()}`).expect(200);
  return body.map(({ id }: { id: string }) => id);
}

const isSame = (value: Value, wanted: Value) =>
  typeof value === 'string' && typeof wanted === 'string' ? fold(value) === fold(wanted) : value === wanted;
const literal = (value: Value, type: string) =>
  type === 'boolean' || type === 'instant' ? String(value) : JSON.stringify(value);
type Ordering = 'ge' | 'gt' | 'le' | 'lt';
const instants: Readonly<Record<Ordering, readonly number[]>> = { ge: [0, 1], gt: [1], le: [0, -1], lt: [-1] };

const fields = Object.entries(accountFields).filter(([name]) => name !== 'entitlements');
const supported = fields.flatMap(([name, { ops }]) => ops.map((op) => [name, op] as const));
const everyOperator = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'co', 'sw', 'in', 'ca', 'pr', 'isnull'];

describe('a filter on a field', () => {
  it.each(supported)('%s %s finds the accounts that show it, and its complement the others', async (name, op) => {
    const { type } = accountFields[name as keyof typeof accountFields];
    const valueOf = shown[name]!;
    const values = [...new Set(accounts.map(valueOf))].filter((value) => value !== null);
    for (const wanted of values.length > 0 ? values : ['nothing']) {
      const start = String(wanted).slice(0, -1);
      const [filter, holds] =
        op === 'isnull'
          ? [`${name} isnull`, (value: Value) => value === null]
          : op === 'in'
            ? [`${name} in (${literal(wanted, type)},"none")`, (value: Value) => isSame(value, wanted)]
            : op === 'sw'
              ? [
                  `${name} sw "${start}"`,
                  (value: Value) => value !== null && fold(String(value)).startsWith(fold(start)),
                ]
              : op === 'eq'
                ? [`${name} eq ${literal(wanted, type)}`, (value: Value) => isSame(value, wanted)]
                : [
                    `${name} ${op} ${literal(wanted, type)}`,
                    (value: Value) =>
                      instants[op as Ordering].includes(
                        Math.sign(Date.parse(String(value)) - Date.parse(String(wanted))),
                      ),
                  ];
      const expected = accounts.filter((account) => holds(valueOf(account))).map(({ id }) => id);
      expect(await idsBy({ filters: filter })).toEqual(expected);
      const others = accounts.map(({ id }) => id).filter((id) => !expected.includes(id));
      expect(await idsBy({ filters: `not ${filter}` })).toEqual(others);
    }
  });

  it('entitlements eq finds who holds the entitlement of that id', async () => {
    expect(await idsBy({ filters: `entitlements eq "${right.id}"` })).toEqual(holders);
    expect(await idsBy({ filters: `entitlements eq "${right['value'] as string}"` })).toEqual([]);
    expect(await idsBy({ filters: `not entitlements eq "${right.id}"` })).toHaveLength(16 - holders.length);
  });

  it('takes date-times with and without quotes, in any zone', async () => {
    const late = await idsBy({ filters: 'created gt 2026-01-02T12:00:00Z' });
    expect(late.length).toBeGreaterThan(0);
    for (const same of ['"2026-01-02T12:00:00Z"', '2026-01-02T13:00:00+01:00', '2026-01-02T12:00:00.000Z']) {
      expect(await idsBy({ filters: `created gt ${same}` })).toEqual(late);
    }
  });

  const refused = Object.entries(accountFields).flatMap(([name, { ops }]) =>
    everyOperator.filter((op) => !(ops as readonly string[]).includes(op)).map((op) => [name, op] as const),
  );
  it.each(refused)('%s %s is refused and told what the field supports', async (name, op) => {
    const { type, ops } = accountFields[name as keyof typeof accountFields];
    const value = literal(type === 'boolean' ? true : '2026-01-02T12:00:00Z', type);
    const operand = { isnull: '', pr: '', in: ` (${value})`, ca: ` (${value})` }[op] ?? ` ${value}`;
    const { body } = await client
      .get(`/accounts?${new URLSearchParams({ filters: `${name} ${op}${operand}` }).toString()}`)
      .expect(400);
    expect(body.messages[0].text).toContain(`${name} does not support "${op}"`);
    expect(body.messages[0].text).toContain(ops.join(', '));
  });
});

describe('a sorter', () => {
  const plain = Object.keys(accountSorters).filter((name) => name !== 'entitlements');

  it.each(plain)(
    '%s orders accounts by what they show, nulls last, then by id, and descends in reverse',
    async (name) => {
      const valueOf = shown[name]!;
      const sorted = accounts.toSorted(
        (left, right) => byValue(valueOf(left), valueOf(right)) || byValue(left['id'] as string, right['id'] as string),
      );
      const ids = sorted.map(({ id }) => id);
      expect(await idsBy({ sorters: name })).toEqual(ids);
      expect(await idsBy({ sorters: `-${name}` })).toEqual(ids.toReversed());
    },
  );

  it('entitlements orders by how many an account holds', async () => {
    const ids = await idsBy({ sorters: '-entitlements,id' });
    expect(ids.slice(0, holders.length)).toEqual(holders);
  });

  it('joins any others, in pages that never overlap', async () => {
    const sorters = Object.keys(accountSorters)
      .filter((name) => name !== 'id')
      .join(',');
    const whole = await idsBy({ sorters });
    expect(whole.toSorted()).toEqual(accounts.map(({ id }) => id as string).toSorted());
    for (const several of [
      sorters,
      'source.displayableName,-name',
      'name,-source.displayableName,identity.identityState',
    ]) {
      const pages = [];
      for (let offset = 0; offset < 20; offset += 3) {
        pages.push(...(await idsBy({ sorters: several, offset: String(offset), limit: '3' })));
      }
      expect(pages).toEqual(await idsBy({ sorters: several }));
    }
  });
});

function byValue(left: Value, right: Value): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'boolean') return Number(left) - Number(right);
  return Buffer.compare(Buffer.from(fold(String(left))), Buffer.from(fold(String(right))));
}
