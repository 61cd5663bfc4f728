import type { SampleOrganization } from './sample-organization.js';

/** Where the accounts surface is found. */
const versions = ['', '/v3', '/v2024', '/v2025', '/beta', '/api/v1'];
/** Where a collection of it is found. */
export const mountsOf = (noun: string) => versions.map((version) => `${version}/${noun}`);
export const accountMounts = mountsOf('accounts');

/** Mounts that stand beside the first of their collection: one controller answers at all of them. */
export const repeatedMount =
  /^\/(v2024|v2025|beta|api\/v1\/(accounts|identities-accounts|sources|identities|public-identities|entitlements|task-status))(\/|$)/;

/** Its routes that change something, `GET`s aside, and those that tell how it goes. */
export const accountWrites = versions.flatMap((version) => [
  `POST ${version}/accounts`,
  ...['PATCH', 'PUT', 'DELETE'].map((method) => `${method} ${version}/accounts/:id`),
]);
export const accountRemovals = versions.map((version) => `POST ${version}/accounts/:id/remove`);
export const accountCandidates = versions.map((version) => `GET ${version}/accounts/:id/correlation-candidates`);
export const accountCorrelations = versions.map((version) => `POST ${version}/accounts/correlate`);
export const accountStates = versions.flatMap((version) =>
  ['reload', 'enable', 'disable', 'unlock'].map((word) => `POST ${version}/accounts/:id/${word}`),
);
export const identityStates = versions.flatMap((version) =>
  ['enable', 'disable'].map((word) => `POST ${version}/identities-accounts/:id/${word}`),
);
export const identitiesStates = versions.flatMap((version) =>
  ['enable', 'disable'].map((word) => `POST ${version}/identities-accounts/${word}`),
);
export const taskReads = versions.map((version) => `GET ${version}/task-status/:id`);

/** Which record of the sample a place in a route stands for: by its own name, `:id` by the word before it. */
const places: Readonly<Record<string, (sample: SampleOrganization) => string>> = {
  ':app_entitlement_ref_app_id': ({ application }) => application.id,
  ':app_entitlement_ref_id': ({ entitlement }) => entitlement.id,
  ':app_id': ({ application }) => application.id,
  ':connector_id': ({ connector }) => connector.id,
  ':groupId': ({ groupId }) => groupId,
  ':name': () => 'leavers',
  ':provider': () => 'nosuch',
  ':principalId': ({ user }) => user.id,
  ':role_slug': () => 'owner',
  ':run_id': ({ runId }) => runId,
  ':user_id': ({ user }) => user.id,
  ':user_ref_id': ({ user }) => user.id,
  ':userId': ({ user }) => user.id,
  'accounts/:id': ({ account }) => account.id,
  'api-keys/:id': ({ keyId }) => keyId,
  'apps/:id': ({ application }) => application.id,
  'groups/:id': ({ accountGroupId }) => accountGroupId,
  'identities-accounts/:id': ({ owner }) => owner.id,
  'task-status/:id': ({ taskId }) => taskId,
  'connectors/:id': ({ connector }) => connector.id,
  'entitlements/:id': ({ entitlement }) => entitlement.id,
  'identities/:id': ({ owner }) => owner.id,
  'managed-organizations/:id': ({ managedId }) => managedId,
  'oauth-clients/:id': ({ clientId }) => clientId,
  'owners/:id': ({ owner }) => owner.id,
  'role-assignments/:id': ({ roleAssignmentId }) => roleAssignmentId,
  'sources/:id': ({ connector }) => connector.id,
  'sessions/:id': ({ sessionId }) => sessionId,
};

/** Places that name no record of anybody. */
const words = [':name', ':provider', ':role_slug'];

export function idAt(place: string, template: string, sample: SampleOrganization): string {
  const before = template
    .slice(0, template.indexOf(`/${place}`))
    .split('/')
    .at(-1);
  const known = places[place] ?? places[`${before}/${place}`];
  if (!known) throw new Error(`no sample for ${place} of ${template}: say in test/support/paths.ts what it stands for`);
  return known(sample);
}

/** The places of a route at which the id of a record stands. */
export function recordPlaces(template: string): string[] {
  return (template.match(/:\w+/g) ?? []).filter((place) => !words.includes(place));
}

/** A route's path with records that exist. */
export function pathTo(template: string, sample: SampleOrganization): string {
  return template.replaceAll(/:\w+/g, (place) => idAt(place, template, sample));
}
