// The reads: each beside the floor, then what only the database's own clock tells.
import { besideFloor } from './beside-floor.mjs';

export async function measureReads(setup, options, say) {
  return besideFloor(setup, await readsOf(setup.database.client, setup.connectorId), options, say);
}

/** `factor: 'accounts'` marks what is held against reading an owner's accounts instead of the same call. */
async function readsOf(client, connectorId) {
  const first = async (text, values) => Object.values((await client.query(text, values)).rows[0])[0];
  const account = await first(`select id from account where connector_id = $1 and owner_id is not null limit 1`, [
    connectorId,
  ]);
  const owner = await first(`select owner_id from account where id = $1`, [account]);
  const filters = encodeURIComponent(`sourceId eq "${connectorId}"`);
  const owned = { floorTarget: `/owned/${owner}`, factor: 'accounts' };
  return [
    {
      title: 'list of 250 accounts, filtered and ordered',
      floorTarget: `/list/${connectorId}`,
      target: `/accounts?limit=250&sorters=name&filters=${filters}`,
    },
    { title: 'one account', floorTarget: `/one/${account}`, target: `/accounts/${account}` },
    { title: 'first page of accounts', floorTarget: '/page', target: '/accounts' },
    { title: 'first page with count=true', floorTarget: '/counted', target: '/accounts?count=true' },
    { title: "an owner's accounts", floorTarget: `/owned/${owner}`, target: `/api/v1/owners/${owner}/accounts` },
    { title: 'statistics of an owner', ...owned, target: `/api/v1/owners/${owner}/statistics` },
    { title: 'risk of an owner', ...owned, target: `/api/v1/owners/${owner}/risk-assessment` },
  ];
}
