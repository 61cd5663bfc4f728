import { narrowedTo, type Principal } from '@app/access';
import type { ConnectorConfig } from '@app/connectors';
import { statement, type Transaction } from '@app/persistence';

/** The connector whose account is written. */
export interface HeldConnector {
  readonly id: string;
  readonly kind: string;
  readonly config: ConnectorConfig;
}

/** Its name is repeated in each account and its mapping says what is written, so neither is changed meanwhile. */
const hold = statement<HeldConnector>(
  undefined,
  `select c.id, c.kind, c.config from connector c
    where c.organization_id = $1 and c.id = $2 and c.deleted_at is null and ($3::uuid is null or exists (
      select from connector_owner w where w.organization_id = $1 and w.connector_id = c.id and w.user_id = $3))
    for share of c`,
);

/** Undefined also for a connector within whose accounts the caller may not write. */
export async function holdConnector(
  tx: Transaction,
  caller: Principal,
  id: string,
): Promise<HeldConnector | undefined> {
  const [connector] = await tx.query(hold, [id, narrowedTo(caller, 'accounts:write')]);
  return connector;
}

/** Accounts of a file are whatever is said of them here until the next file says otherwise. */
export function isFlatFile(connector: Pick<HeldConnector, 'kind'>): boolean {
  return connector.kind === 'delimited-file';
}
