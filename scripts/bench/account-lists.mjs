// Every kind of filter and the common orders of the list of accounts, beside the floor; then what only the database's own
// clock tells: totals beside counting, and a page far behind beside skipping whole rows.
import { besideFloor } from './beside-floor.mjs';
import { executionMs } from './deep-pages.mjs';

export async function measureAccountLists(setup, options, say) {
  const { database, organization, connectorId } = setup;
  await spread(database.client, organization);
  return besideFloor(setup, await listsOf(database.client, connectorId), options, say);
}

/** What files of a delimited-file connector never say: few accounts linked by hand, few made here. */
async function spread(client, organization) {
  for (const [column, value, remainder] of [
    ['correlation', 'manual', 7],
    ['origin', 'PROVISIONED', 11],
  ]) {
    await client.query(
      `update account set ${column} = $2 where organization_id = $1 and owner_id is not null and hashtext(native_key) % 1000 = $3`,
      [organization, value, remainder],
    );
  }
  await client.query('vacuum analyze account');
}

async function listsOf(client, connectorId) {
  const first = async (text, values = []) => Object.values((await client.query(text, values)).rows[0])[0];
  const ids = await first(
    `select string_agg(id::text, ',') from (select id from account tablesample system (0.2) limit 100) a`,
  );
  const right = await first('select entitlement_id from account_entitlement limit 1');
  const moment = (
    await first('select min(created_at) + (max(created_at) - min(created_at)) / 2 from account')
  ).toISOString();
  const list = (title, floor, filters, sorters) => ({
    title,
    floorTarget: `/accounts/${[floor].flat().map(encodeURIComponent).join('/')}`,
    target: `/accounts?${new URLSearchParams({ ...(filters && { filters }), ...(sorters && { sorters }) }).toString()}`,
  });
  const quotedIds = ids.split(',').map((id) => `"${id}"`);
  return [
    list('id in 100', ['id-in', ids, ','], `id in (${quotedIds.join(',')})`),
    list('name sw, by name', ['name-sw', 'account-0001'], 'name sw "account-0001"', 'name'),
    list('nativeIdentity eq', ['native', 'account-00000042'], 'nativeIdentity eq "account-00000042"'),
    list('sourceId eq, by created', ['source', connectorId], `sourceId eq "${connectorId}"`, 'created'),
    list('uncorrelated eq true, by name', 'unowned', 'uncorrelated eq true', 'name'),
    list('entitlements eq', ['entitlement', right], `entitlements eq "${right}"`),
    list('hasEntitlements eq false', 'none-held', 'hasEntitlements eq false'),
    list('manuallyCorrelated eq true', 'manual', 'manuallyCorrelated eq true'),
    list('origin eq PROVISIONED', 'provisioned', 'origin eq "PROVISIONED"'),
    list('created gt, by created', ['created', moment], `created gt ${moment}`, 'created'),
    list('identity.name sw, by identity.name', ['identity-name', 'ada'], 'identity.name sw "ada"', 'identity.name'),
    list('identity.correlated eq true', 'identity-correlated', 'identity.correlated eq true'),
    list('identity.identityState eq ACTIVE', 'identity-active', 'identity.identityState eq "ACTIVE"'),
    list('source.authoritative eq true', 'authoritative', 'source.authoritative eq true'),
    list('source.displayableName eq', ['source-name', 'accounts'], 'source.displayableName eq "Accounts"'),
    list('by name', 'by-name', '', 'name'),
    list('the newest', 'by-created', '', '-created'),
    list('the last changed', 'by-modified', '', '-modified'),
    list('by nativeIdentity', 'by-native', '', 'nativeIdentity'),
    list('by identity.name', 'by-identity-name', '', 'identity.name'),
    list('by sourceId', 'by-source', '', 'sourceId'),
    list('by identityId', 'by-identity', '', 'identityId'),
    list('most entitlements first', 'by-entitlements', '', '-entitlements'),
    list('by created and name', 'by-two', '', 'created,name'),
    { ...list('by name from the 100,000th', 'deep'), target: '/accounts?sorters=name&offset=100000' },
  ];
}

/** `[{what, ms, naive}]`: medians by the database's own clock. */
export async function measureShortCuts({ database: { client }, organization, connectorId }) {
  const { accountPageQuery } = await import('../../dist/libs/accounts/src/account-page.js');
  const { orderKeyOf } = await import('../../dist/libs/accounts/src/account-order.js');
  const { tallyTotal } = await import('../../dist/libs/accounts/src/account-tally.js');
  const { everything } = await import('../../dist/libs/query/src/index.js');
  const kept = (connectorIds, correlated) => [tallyTotal('$2', '$3'), [organization, connectorIds, correlated]];
  const counting = (where, values = []) => [
    `select count(*) from account a where a.organization_id = $1 and a.deleted_at is null ${where}`,
    [organization, ...values],
  ];
  const order = [orderKeyOf({ path: 'name', direction: 'asc' })];
  const { rows: page } = accountPageQuery({ where: everything, order, limit: 250, offset: 100_000 });
  const skipping = `select a.*, c.name as connector_name, o.name as owner_name from account a
    join connector c on c.organization_id = $1 and c.id = a.connector_id
    left join owner o on o.organization_id = $1 and o.id = a.owner_id
   where a.organization_id = $1 and a.deleted_at is null order by a.name_key, a.id offset 100000 limit 250`;
  const pairs = [
    ['total of all', kept(null, null), counting('')],
    ['total of a source', kept([connectorId], null), counting('and a.connector_id = $2', [connectorId])],
    ['total of the uncorrelated', kept(null, false), counting('and a.owner_id is null')],
    ['page at 100,000 by name', [page.statement.text, [organization, ...page.values]], [skipping, [organization]]],
  ];
  const results = [];
  for (const [what, ours, naive] of pairs) {
    const [ms, naiveMs] = [await timeOf(client, ours), await timeOf(client, naive)];
    results.push({ what, ms, naive: naiveMs });
  }
  return results;
}

function timeOf(client, [text, values]) {
  return executionMs(client, text, values);
}
