import type { EntitlementOwnerRow } from '@app/accounts';
import type { ConnectorAddress } from '@app/connectors';

/** An entitlement whose holders own a connector. */
export function presentEntitlementOwner({ applicationId, connectorId }: ConnectorAddress, row: EntitlementOwnerRow) {
  return {
    appId: applicationId,
    connectorId,
    roleSlug: row.role_slug,
    createdAt: row.owned_since,
    appEntitlement: {
      id: row.id,
      appId: row.application_id,
      displayName: row.name,
      description: row.description ?? '',
      slug: row.value,
      createdAt: row.created_at,
      updatedAt: row.modified_at,
      deletedAt: null,
    },
  };
}
