import type { SampleOrganization } from './sample-organization.js';

/** Where the accounts surface is found. */
export const accountMounts = [
  '/accounts',
  '/v3/accounts',
  '/v2024/accounts',
  '/v2025/accounts',
  '/beta/accounts',
  '/api/v1/accounts',
];

/** Which record of the sample a place in a route stands for. */
export function idAt(place: string, template: string, sample: SampleOrganization): string {
  if (place === ':app_id') return sample.application.id;
  if (place === ':connector_id') return sample.connector.id;
  if (place === ':role_slug') return 'owner';
  if (place === ':userId' || place === ':user_ref_id') return sample.user.id;
  if (place === ':run_id') return sample.runId;
  if (place === ':name') return 'leavers';
  if (template.includes('/oauth-clients/')) return sample.clientId;
  if (template.includes('/api-keys/')) return sample.keyId;
  if (template.includes('/role-assignments/')) return sample.roleAssignmentId;
  if (template.includes('/connectors/')) return sample.connector.id;
  if (template.includes('/apps/')) return sample.application.id;
  return template.includes('accounts/:id') ? sample.account.id : sample.owner.id;
}

/** A route's path with records that exist. */
export function pathTo(template: string, sample: SampleOrganization): string {
  return template.replaceAll(/:\w+/g, (place) => idAt(place, template, sample));
}
