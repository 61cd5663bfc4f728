import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold, newId, searchKeysOf } from '@app/kernel';
import { ownerSearchFields } from '../../../apps/api/src/surfaces/identity-owners/owner.fields.js';
import { identityOwners } from '../../fixtures/published-examples.js';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

type Value = string | number | null;
/** An owner by the fields of the search. */
type Fields = Readonly<Record<string, Value>> & { readonly id: string };

let api: TestApi;
let client: Client;
let owners: readonly Fields[];

const figureColumns = Object.entries(ownerSearchFields)
  .filter(([, { type, path }]) => type === 'number' && path !== 'totalThreat' && path !== 'directReports')
  .map(([field, { path }]) => [field, path] as const);
const words = ['Ada', 'adA b', 'Zoë', '100%', '_', 'Sales', 'sales ', 'x'];
const days = ['2024-02-29', '2026-01-31', '9999-12-31'];
const instants = ['2026-01-31T00:00:00.000Z', '2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z'];

beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('ORG_ADMIN');
  owners = await someOwners();
  const other = await api.given.organization();
  await other.owner({ name: 'Ada' });
  await api.organization.owner({ name: 'Ada', deleted_at: new Date() });
});
afterAll(() => api.close());

async function someOwners(): Promise<Fields[]> {
  const dice = fc.sample(fc.array(fc.nat(59), { minLength: 24, maxLength: 24 }), { numRuns: 60, seed: 3 });
  const connector = await api.organization.connector(await api.organization.application());
  const made: Fields[] = [];
  const managers: Row[] = [];
  for (const roll of dice) {
    const pick = (i: number) => (roll[i]! % 10 < words.length ? words[roll[i]! % 10]! : null);
    const texts = { location: pick(0), employmentType: pick(1), phone: pick(2), mobilePhone: pick(3) };
    const metadata = Object.fromEntries(
      [
        ['cost.center', pick(4)],
        ['level', [3, '3', 2.5, 'three', true, null][roll[5]! % 6]],
      ].filter(([, value]) => value !== null),
    );
    const manager = roll[6]! % 3 === 0 ? managers[roll[7]! % (managers.length || 1)] : undefined;
    const columns = {
      name: words[roll[8]! % 8]!,
      email: roll[9]! % 3 === 0 ? null : `${words[roll[9]! % 8]}${newId()}@x.test`,
      alt_email: pick(10),
      department: pick(11),
      title: pick(12),
      ...(roll[13]! % 4 === 0 && { identity_id: newId(), connector_id: connector.id }),
      owner_type: ['human', 'service', 'federated'][roll[14]! % 3]!,
      status: ['active', 'inactive'][roll[15]! % 2]!,
      start_date: roll[16]! % 2 === 0 ? days[roll[16]! % 3]! : null,
      end_date: roll[17]! % 2 === 0 ? days[roll[17]! % 3]! : null,
      created_at: instants[roll[18]! % 3]!,
      updated_at: instants[roll[19]! % 3]!,
    };
    const row = await api.organization.owner({
      ...columns,
      ...(manager && { manager_id: manager.id }),
      location: texts.location,
      employment_type: texts.employmentType,
      phone: texts.phone,
      mobile_phone: texts.mobilePhone,
      metadata: JSON.stringify(metadata),
      search_keys: JSON.stringify(withoutNulls(searchKeysOf({ ...texts, metadata }))),
    });
    managers.push(row);
    const figures = Object.fromEntries(figureColumns.map(([field], i) => [field, (roll[i % 24]! + i) % 5]));
    const same = { child_count: figures['total_accounts']!, mapped_accounts: figures['total_accounts']! };
    const threat = roll[20]!;
    const level = ['low', 'medium', 'high', 'critical'][roll[21]! % 4]!;
    await giveFigures(row.id, { ...figures, ...same }, threat, level);
    made.push({
      id: row.id,
      ...columns,
      identity_id: columns.identity_id ?? null,
      source_id: columns.connector_id ?? null,
      location: texts.location,
      employment_type: texts.employmentType,
      phone: texts.phone,
      mobile_phone: texts.mobilePhone,
      manager_id: manager?.id ?? null,
      manager: manager?.name ?? null,
      ...figures,
      ...same,
      risk_level: level,
      total_threat: threat,
      overall_risk_score: threat,
      'metadata.cost.center': (metadata['cost.center'] as Value | undefined) ?? null,
      'metadata.level': metadata['level'] === true ? 'true' : ((metadata['level'] as Value | undefined) ?? null),
    });
  }
  return made
    .map((owner) => ({ ...owner, direct_reports: made.filter((other) => other['manager_id'] === owner.id).length }))
    .toSorted((a, b) => Number(order(a) > order(b)) - Number(order(a) < order(b)));
}

const order = (owner: Fields) => `${owner['created_at']} ${owner.id}`;
const withoutNulls = (texts: Record<string, string | null>) =>
  Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== null));

async function giveFigures(ownerId: string, figures: Record<string, number>, threat: number, level: string) {
  const stored = new Map(figureColumns.map(([field, column]) => [column, figures[field]!]));
  await api.given.insert('owner_statistics', {
    organization_id: api.organization.id,
    owner_id: ownerId,
    ...Object.fromEntries(stored),
    total_threat: threat,
    risk_level: level,
    risk_model_version: 1_000,
    calculated_at: new Date(),
  });
}

interface Query {
  readonly field: string;
  readonly operator: string;
  readonly value?: unknown;
}
interface Body {
  readonly search_terms?: string[];
  readonly search_operator?: string;
  readonly search_fields?: string[];
  readonly field_queries?: Query[];
}

const complements: Readonly<Record<string, string>> = {
  not_equals: 'equals',
  not_in: 'in',
  not_contains: 'contains',
  is_not_null: 'is_null',
};
const orders: Readonly<Record<string, (sign: number) => boolean>> = {
  greater_than: (sign) => sign > 0,
  greater_than_or_equal: (sign) => sign >= 0,
  less_than: (sign) => sign < 0,
  less_than_or_equal: (sign) => sign <= 0,
};
const isDate = (field: string) => field.endsWith('_date') || field.endsWith('_at');

/** What the published words mean, for one owner, said without any of the server's own code. */
function holds(owner: Fields, { field, operator, value }: Query): boolean {
  const positive = complements[operator];
  if (positive !== undefined) {
    return !holds(owner, { field, operator: positive, ...(value !== undefined && { value }) });
  }
  const own = owner[field] ?? null;
  if (operator === 'is_null') return own === null;
  if (own === null) return false;
  if (operator === 'in')
    return (value as unknown[]).some((one) => holds(owner, { field, operator: 'equals', value: one }));
  if (operator === 'between') {
    const [low, high] = value as [unknown, unknown];
    return (
      holds(owner, { field, operator: 'greater_than_or_equal', value: low }) &&
      holds(owner, { field, operator: 'less_than_or_equal', value: high })
    );
  }
  if (isDate(field)) return holdsOfTime(String(own), operator, String(value));
  if (typeof value === 'number' || typeof own === 'number') return holdsOfNumber(own, operator, value);
  const [text, part] = [fold(own), fold(String(value))];
  if (operator === 'equals') return text === part;
  if (operator === 'contains') return text.includes(part);
  return operator === 'starts_with' ? text.startsWith(part) : text.endsWith(part);
}

function holdsOfTime(own: string, operator: string, value: string): boolean {
  const [mine, theirs] = [Date.parse(own), Date.parse(value)];
  if (operator !== 'equals') return orders[operator]!(mine - theirs);
  return value.length === 10 ? mine >= theirs && mine < theirs + 86_400_000 : mine === theirs;
}

function holdsOfNumber(own: string | number, operator: string, value: unknown): boolean {
  if (operator === 'equals' && typeof value === 'string' && typeof own === 'number') {
    return String(own) === value || Number(value) === own;
  }
  if (typeof own === 'string' && !/^-?\d+(\.\d+)?$/.test(own)) return false;
  if (!['equals', ...Object.keys(orders)].includes(operator)) return textOperator(String(own), operator, String(value));
  const sign = Number(own) - Number(value);
  return operator === 'equals' ? sign === 0 : orders[operator]!(sign);
}

function textOperator(own: string, operator: string, value: string): boolean {
  if (operator === 'contains') return own.includes(value);
  return operator === 'starts_with' ? own.startsWith(value) : own.endsWith(value);
}

function isFound(owner: Fields, body: Body): boolean {
  const fields = body.search_fields ?? ['name', 'email', 'department', 'title'];
  const hit = (term: string) => fields.some((field) => holds(owner, { field, operator: 'contains', value: term }));
  const terms = body.search_terms ?? [];
  const isHit = terms.length === 0 || (body.search_operator === 'OR' ? terms.some(hit) : terms.every(hit));
  return isHit && (body.field_queries ?? []).every((query) => holds(owner, query));
}

const operatorsOf = (type: string): readonly string[] => {
  const equalities = ['equals', 'not_equals', 'in', 'not_in'];
  const comparing = [...Object.keys(orders), 'between'];
  const presence = ['is_null', 'is_not_null'];
  const inTexts = ['contains', 'not_contains', 'starts_with', 'ends_with', ...presence];
  return {
    text: [...equalities, ...inTexts],
    id: [...equalities, ...inTexts],
    enum: equalities,
    number: [...equalities, ...comparing],
    date: [...equalities, ...comparing, ...presence],
  }[type]!;
};

function someQuery(): fc.Arbitrary<Query> {
  const known = Object.entries(ownerSearchFields).map(([field, { type }]) => [field, type as string] as const);
  const metadata = [['metadata.cost.center', 'text'] as const, ['metadata.level', 'metadata'] as const];
  return fc.constantFrom(...known, ...metadata).chain(([field, type]) => {
    const value = valueOf(field, type);
    const operators = type === 'metadata' ? [...operatorsOf('number'), 'is_null', 'is_not_null'] : operatorsOf(type);
    return fc.constantFrom(...operators).chain((operator): fc.Arbitrary<Query> => {
      if (operator === 'is_null' || operator === 'is_not_null') return fc.constant({ field, operator });
      if (operator === 'in' || operator === 'not_in') {
        return fc.array(value, { minLength: 1, maxLength: 3 }).map((values) => ({ field, operator, value: values }));
      }
      if (operator === 'between') {
        const sorted = (low: unknown, high: unknown) => [low, high].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
        return fc.tuple(value, value).map(([low, high]) => ({ field, operator, value: sorted(low, high) }));
      }
      return value.map((one) => ({ field, operator, value: one }));
    });
  });
}

const rank = (value: unknown): number | string => (typeof value === 'number' ? value : Date.parse(String(value)));

function valueOf(field: string, type: string): fc.Arbitrary<unknown> {
  if (type === 'number') return fc.nat(60);
  if (type === 'metadata') return fc.constantFrom(3, 2.5, -1);
  if (type === 'date') return fc.constantFrom(...days, ...instants);
  if (type === 'id') return fc.constantFrom(...owners.slice(0, 5).map(({ id }) => id), 'nobody', '0', '-');
  if (type !== 'enum') return fc.constantFrom(...words, 'a', '%', 'zoe\u0308');
  const { values } = ownerSearchFields[field as 'status'];
  return fc.constantFrom(...values.flatMap((value) => [value, value.toUpperCase()]));
}

const someBody = (): fc.Arbitrary<Body> =>
  fc.record(
    {
      search_terms: fc.array(fc.constantFrom('a', 'AD', '%', 'sales', 'x.test', '_'), { maxLength: 3 }),
      search_operator: fc.constantFrom('AND', 'OR'),
      search_fields: fc.array(fc.constantFrom('name', 'email', 'department', 'title', 'location', 'manager', 'id'), {
        minLength: 1,
        maxLength: 3,
      }),
      field_queries: fc.array(someQuery(), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );

async function search(body: object, as: Pick<Client, 'post'> = client) {
  return as.post('/api/v1/owners/search').send(body);
}
const idsIn = ({ body }: { body: { owners: { id: string }[] } }) => body.owners.map(({ id }) => id);

describe('POST /api/v1/owners/search', () => {
  it('finds whom its words mean, nulls included, in the order they were made', async () => {
    const property = fc.asyncProperty(someBody(), async (body) => {
      const found = await search({ ...body, limit: 250 });
      expect([found.status, found.body.error]).toEqual([200, undefined]);
      expect(idsIn(found)).toEqual(owners.filter((owner) => isFound(owner, body)).map(({ id }) => id));
    });
    await fc.assert(property, { numRuns: 700 });
  });

  it('shows owners as the list does, and understands the published example', async () => {
    const listed = (await client.get('/api/v1/owners?first=250').expect(200)).body;
    expect((await search({ limit: 250 })).body.owners).toEqual(listed.owners);
    const wanted = await api.organization.owner({
      name: 'Wanted',
      department: 'Engineering',
      title: 'Senior Developer',
    });
    await giveFigures(wanted.id, Object.fromEntries(figureColumns.map(([field]) => [field, 0])), 51, 'medium');
    expect(idsIn(await search(identityOwners.search))).toEqual([wanted.id]);
    await api.given.sql('delete from owner_statistics where owner_id = $1', [wanted.id]);
    await api.given.sql('delete from owner where id = $1', [wanted.id]);
  });

  it('pages through all by cursors, each once, and refuses the cursor of another search', async () => {
    const body = { field_queries: [{ field: 'status', operator: 'equals', value: 'active' }], limit: 7 };
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const page = await search({ ...body, ...(after !== null && { after }) });
      ids.push(...idsIn(page));
      after = page.body.pageInfo.hasNextPage ? page.body.pageInfo.endCursor : null;
    } while (after !== null);
    expect(ids).toEqual(owners.filter((owner) => owner['status'] === 'active').map(({ id }) => id));

    const { endCursor } = (await search(body)).body.pageInfo;
    const other = { field_queries: [{ field: 'status', operator: 'equals', value: 'inactive' }] };
    for (const wrong of [{ ...other, after: endCursor }, { ...body, after: 'x' }, { after: endCursor }]) {
      expect((await search(wrong)).status).toBe(400);
    }
    expect((await search({ ...body, limit: 3, after: endCursor })).status).toBe(200);
  });

  it.each<[string, object]>([
    ['search_terms', { search_terms: 'a' }],
    ['search_terms', { search_terms: [''] }],
    ['search_terms', { search_terms: ['x'.repeat(201)] }],
    ['search_terms', { search_terms: [7] }],
    ['search_terms', { search_terms: Array(21).fill('a') }],
    ['search_operator', { search_operator: 'XOR' }],
    ['search_fields', { search_fields: ['status'] }],
    ['search_fields', { search_fields: ['total_threat'] }],
    ['search_fields', { search_fields: ['metadata.a'] }],
    ['search_fields', { search_fields: ['__proto__'] }],
    ['field_queries', { field_queries: {} }],
    ['field_queries', { field_queries: Array(21).fill(null) }],
    ['field_queries[0].field', { field_queries: [{ field: 'nome', operator: 'equals', value: 'x' }] }],
    [
      'field_queries[1].operator',
      {
        field_queries: [
          { field: 'name', operator: 'is_null' },
          { field: 'name', operator: '=', value: 'x' },
        ],
      },
    ],
    ['limit', { limit: 0 }],
    ['limit', { limit: 251 }],
    ['limit', { limit: '5' }],
    ['limit', { limit: 1.5 }],
    ['after', { after: 5 }],
    ['filter', { filter: 'x' }],
  ])('refuses %s of %j', async (field, body) => {
    const { status, body: refusal } = await search(body);
    expect(status).toBe(400);
    expect(refusal.error).toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(refusal.error.details.map((detail: { field: string }) => detail.field)).toContain(field);
  });

  it.each(['a\u0000b', '\ud800'])('refuses the text %j, which nothing can hold', async (text) => {
    for (const body of [
      { search_terms: [text] },
      { field_queries: [{ field: 'name', operator: 'equals', value: text }] },
      { field_queries: [{ field: 'metadata.a', operator: 'contains', value: text }] },
    ]) {
      expect((await search(body)).status).toBe(400);
    }
  });

  it('by figures is not for a SOURCE_SUBADMIN, whatever else he searches by', async () => {
    const subadmin = await api.as('SOURCE_SUBADMIN');
    expect((await search({ search_terms: ['a'] }, subadmin)).status).toBe(200);
    for (const [field, value] of [
      ['total_threat', 1],
      ['direct_reports', 1],
      ['risk_level', 'high'],
    ]) {
      for (const operator of ['equals', 'nonsense']) {
        expect((await search({ field_queries: [{ field, operator, value }] }, subadmin)).status).toBe(403);
      }
    }
  });

  it('is a read: nobody is told of it', async () => {
    const count = async () =>
      (
        await api.given.sql<{ n: string }>('select count(*) as n from audit_event where organization_id = $1', [
          api.organization.id,
        ])
      )[0]!.n;
    const before = await count();
    await search({ search_terms: ['a'] });
    expect(await count()).toBe(before);
  });

  it('counts figures anew that time has changed', async () => {
    const owner = await api.organization.owner({ name: 'Overtaken by time' });
    await giveFigures(owner.id, Object.fromEntries(figureColumns.map(([field]) => [field, 4])), 99, 'critical');
    await api.given.sql(`update owner_statistics set next_change_at = now() - interval '1 hour' where owner_id = $1`, [
      owner.id,
    ]);
    const field_queries = [
      { field: 'name', operator: 'equals', value: 'overtaken by time' },
      { field: 'total_threat', operator: 'equals', value: 0 },
    ];
    expect(idsIn(await search({ field_queries }))).toEqual([owner.id]);
  });
});
