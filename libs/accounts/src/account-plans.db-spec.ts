import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '@app/persistence';
import { parseCollectionFilter, parseSorters } from '@app/query';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { AccountTally } from './account-tally.js';
import { AccountService } from './account.service.js';

interface Asked {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly Plan[];
}

let bed: TestBed;
let company: GivenOrganization;
let feed: Row;
let small: Row;
let owner: string;
let right: Row;
let asked: Asked[];
let accounts: AccountService;

const many = 30_000;

beforeAll(async () => {
  bed = await openTestBed();
  company = await bed.given.organization();
  const application = await company.application();
  const hr = await company.connector(application, { name: 'HR', authoritative: true });
  feed = await company.connector(application, { name: 'Feed' });
  right = await company.entitlement(feed);
  small = await company.connector(application, { name: 'Small' });
  await company.account(small);
  await fill(hr);
  const database = new Proxy(bed.database, {
    get: (target, name) => (name === 'query' ? recording(target) : Reflect.get(target, name, target)),
  });
  accounts = new AccountService(database, new AccountTally(database));
});
afterAll(() => bed.close());

/** Everything the service asks of the database is kept, to be explained. */
function recording(database: Database): Database['query'] {
  return async (caller, statement, values) => {
    asked.push({ text: statement.text, values: [caller.organizationId, ...(values ?? [])] });
    return database.query(caller, statement, values);
  };
}

/** Five accounts an owner, one in ten of nobody; one in a hundred is rare in each of its ways. */
async function fill(hr: Row): Promise<void> {
  const { id } = company;
  const folded = "'owner ' || i as name";
  await bed.given.sql(
    `insert into owner (organization_id, name, name_key, status, connector_id, identity_id, identity_key)
     select $1, name, name, case when i % 100 = 0 then 'inactive' else 'active' end,
       case when i % 2 = 0 then $2::uuid end, i::text, i::text from (select i, ${folded} from generate_series(1, $3::int) i) x`,
    [id, hr.id, many / 5],
  );
  await bed.given.sql(
    `insert into account (organization_id, connector_id, connector_name_key, native_identity, native_key, native_identity_key,
       name, name_key, created_at, modified_at, owner_id, owner_name_key, owner_state, correlation, origin, entitlement_count, uuid)
     select $1, case when i % 20 = 0 then $2::uuid else $3::uuid end, case when i % 20 = 0 then $4 else $5 end,
       'u' || i, 'u' || i, 'u' || i, 'u' || i, 'u' || i, now() - i * interval '1 minute', now() - (i % 5000) * interval '1 hour',
       o.id, o.name_key, o.status,
       case when o.id is null then 'none' when i % 100 = 1 then 'manual' else 'rule' end,
       case when i % 100 = 2 then 'PROVISIONED' else 'AGGREGATED' end, i % 100, case when i % 3 = 0 then 'x' || i end
       from generate_series(1, $6::int) i
       left join owner o on o.organization_id = $1 and i % 10 <> 0 and o.name_key = 'owner ' || (1 + i / 5)`,
    [id, hr.id, feed.id, hr['name_key'], feed['name_key'], many],
  );
  await bed.given.sql(
    `insert into account_entitlement (organization_id, account_id, entitlement_id)
     select organization_id, id, $2 from account where organization_id = $1 and entitlement_count = 7`,
    [id, right.id],
  );
  const [row] = await bed.given.sql<{ owner_id: string }>(
    'select owner_id from account where organization_id = $1 and owner_id is not null limit 1',
    [id],
  );
  owner = row!.owner_id;
  await bed.given.sql('vacuum analyze');
}

const fields = {
  id: { path: 'id', type: 'id', ops: ['in', 'sw'] },
  name: { path: 'name', type: 'text', ops: ['eq', 'in', 'sw'] },
  nativeIdentity: { path: 'nativeIdentity', type: 'text', ops: ['eq', 'sw'] },
  sourceId: { path: 'connectorId', type: 'id', ops: ['eq'] },
  identityId: { path: 'ownerId', type: 'id', ops: ['eq', 'in'] },
  uncorrelated: { path: 'uncorrelated', type: 'boolean', ops: ['eq'] },
  entitlements: { path: 'entitlements', type: 'id', ops: ['eq'] },
  hasEntitlements: { path: 'hasEntitlements', type: 'boolean', ops: ['eq'] },
  manuallyCorrelated: { path: 'manuallyCorrelated', type: 'boolean', ops: ['eq'] },
  origin: { path: 'origin', type: 'text', ops: ['eq'] },
  created: { path: 'created', type: 'instant', ops: ['gt'] },
  modified: { path: 'modified', type: 'instant', ops: ['gt'] },
  'identity.name': { path: 'ownerName', type: 'text', ops: ['eq', 'sw'] },
  'identity.state': { path: 'identityState', type: 'text', ops: ['eq'] },
  'identity.correlated': { path: 'ownerCorrelated', type: 'boolean', ops: ['eq'] },
  'source.name': { path: 'connectorName', type: 'text', ops: ['eq'] },
  'source.authoritative': { path: 'authoritative', type: 'boolean', ops: ['eq'] },
} as const;
const sortable = Object.fromEntries(
  `id name created modified connectorId ownerId nativeIdentity ownerName entitlements uuid manuallyCorrelated origin
   identityState ownerCorrelated connectorName authoritative hasEntitlements`
    .split(/\s+/)
    .map((path) => [path, path]),
);

const nowhere = '01890a5d-ac96-774b-bcce-b302099a8057';
const pairs: [string, string][] = [
  ['', ''],
  ...Object.keys(sortable).flatMap((path): [string, string][] => [
    ['', path],
    ['', `-${path}`],
  ]),
  ['', 'connectorName,name'],
  ['', 'connectorId,-created'],
  ['', 'identityState,name'],
  [`id in ("${nowhere}")`, ''],
  ['name eq "u77"', ''],
  ['name in ("u77","u78")', 'name'],
  ['name sw "u77"', 'name'],
  ['nativeIdentity eq "u77"', ''],
  ['nativeIdentity sw "u77"', '-created'],
  ['sourceId eq "$feed"', ''],
  ['sourceId eq "$feed"', 'name'],
  ['sourceId eq "$feed"', '-modified'],
  ['sourceId eq "$feed" and uncorrelated eq true', 'name'],
  ['sourceId eq "$feed" and name sw "u77"', ''],
  ['identityId eq "$owner"', ''],
  ['identityId in ("$owner")', 'name'],
  ['uncorrelated eq true', ''],
  ['uncorrelated eq true', 'name'],
  ['uncorrelated eq true', '-created'],
  ['uncorrelated eq true', 'ownerName'],
  ['uncorrelated eq true', '-identityState,name'],
  ['sourceId eq "$small"', 'ownerName'],
  ['sourceId eq "$small"', 'nativeIdentity'],
  ['sourceId eq "$small"', '-entitlements'],
  ['uncorrelated eq false', 'name'],
  ['entitlements eq "$right"', ''],
  ['hasEntitlements eq false', ''],
  ['manuallyCorrelated eq true', ''],
  ['origin eq "PROVISIONED"', ''],
  ['created gt 2026-01-01T00:00:00Z', 'created'],
  ['modified gt 2026-01-01T00:00:00Z', '-modified'],
  ['identity.name eq "owner 7"', ''],
  ['identity.name sw "owner 77"', 'ownerName'],
  ['identity.state eq "INACTIVE_SHORT_TERM"', ''],
  ['identity.state eq "ACTIVE"', 'name'],
  ['identity.correlated eq true', ''],
  ['source.name eq "HR"', 'name'],
  ['source.authoritative eq true', '-created'],
  ['source.authoritative eq false and uncorrelated eq false', ''],
];

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

async function planOf({ text, values }: Asked): Promise<Plan[]> {
  const [row] = await bed.given.sql<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, timing off, format json) ${text}`,
    values,
  );
  return nodesOf(row!['QUERY PLAN'][0].Plan);
}

/** Rows a node came to in all its loops. */
const rowsOf = (node: Plan) => (node['Actual Rows'] ?? 0) * (node['Actual Loops'] ?? 1);

describe('the plan of a list', () => {
  it.each(pairs)(
    'filtered by %j and sorted by %j reads accounts by an index, and few of them',
    async (filter, sorters) => {
      const filled = filter
        .replace('$feed', feed.id)
        .replace('$small', small.id)
        .replace('$owner', owner)
        .replace('$right', right.id);
      asked = [];
      await accounts.search(principalOf(company.id, ['HELPDESK']), {
        where: parseCollectionFilter(filled, fields),
        sort: parseSorters(sorters, sortable),
        limit: 250,
        offset: 0,
        withTotal: false,
      });
      expect(asked.length).toBeLessThanOrEqual(3);
      const nodes: Plan[] = [];
      for (const one of asked) nodes.push(...(await planOf(one)));
      const ofAccounts = nodes.filter((node) => node['Relation Name'] === 'account');
      expect(ofAccounts.length).toBeGreaterThan(0);
      expect(ofAccounts.map((node) => node['Node Type'])).not.toContain('Seq Scan');
      expect(Math.max(...ofAccounts.map(rowsOf))).toBeLessThanOrEqual(many / 10);
    },
  );
});
