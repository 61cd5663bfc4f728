import { narrowedTo, type Permission, type Principal } from '@app/access';
import { type ConnectorConfig, ofOwnConnectors } from '@app/connectors';
import { NotFoundError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';
import { isPending } from './pending-operations.js';
import type { RowValues } from './row-columns.js';

export interface HeldValue {
  readonly attribute: 'groups' | 'roles' | 'entitlements';
  readonly value: string;
}

/** One account with all a row could change, and how its connector reads one. */
export interface StoredAccount extends RowValues {
  readonly id: string;
  readonly connector_id: string;
  readonly native_key: string;
  readonly owner_id: string | null;
  readonly correlation: 'none' | 'rule' | 'provisioning' | 'manual';
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly deleted: boolean;
  readonly held: readonly HeldValue[];
  /** Somebody is about to change its state at the source. */
  readonly pending: boolean;
  readonly kind: string;
  readonly config: ConnectorConfig;
  readonly applied_rules: string | null;
}

export const rowColumns = [
  'native_identity',
  'native_identity_key',
  'name',
  'name_key',
  'correlation_keys',
  'display_name',
  'uuid',
  'email',
  'email_key',
  'description',
  'disabled',
  'locked',
  'system_account',
  'source_created_at',
  'last_login_at',
  'mfa_enabled',
  'password_enabled',
  'password_last_set_at',
  'vaulted',
  'shared',
  'breached',
  'failed_logins',
  'failed_logins_at',
  'privileged',
  'in_privileged_group',
  'in_highly_privileged_group',
  'has_highly_privileged_role',
  'entitlement_count',
] as const satisfies readonly (keyof RowValues)[];

const selectStored = `select a.id, a.connector_id, a.native_key, a.owner_id, a.correlation, a.attributes,
    a.deleted_at is not null as deleted, ${rowColumns.map((column) => `a.${column}`).join(', ')},
    (select coalesce(jsonb_agg(jsonb_build_object('attribute', e.attribute, 'value', e.value)
        order by e.attribute collate "C", e.value collate "C"), '[]')
       from account_entitlement x join entitlement e on e.organization_id = $1 and e.id = x.entitlement_id
      where x.organization_id = $1 and x.account_id = a.id) as held,
    ${isPending('a')} as pending, c.kind, c.config, c.applied_rules
   from account a join connector c on c.organization_id = $1 and c.id = a.connector_id`;

/** Nobody holds what is out of his reach. */
const reached = `a.organization_id = $1 and a.id = $2 and ($3::uuid is null or ${ofOwnConnectors('$3')})`;
/** First, as whoever makes an account does and whoever renames a connector: nobody then waits for somebody who waits for him. */
const holdConnector = statement<never>(
  undefined,
  `select c.id from connector c where c.organization_id = $1
      and c.id = (select a.connector_id from account a where ${reached}) for share of c`,
);
const holdById = statement<never>(undefined, `select a.id from account a where ${reached} for no key update`);
const byId = statement<StoredAccount>(undefined, `${selectStored} where ${reached} and a.deleted_at is null`);
const liveByIds = statement<StoredAccount>(
  undefined,
  `${selectStored} where a.organization_id = $1 and a.id = any($2::uuid[]) and a.deleted_at is null`,
);
const byKey = statement<StoredAccount>(
  undefined,
  `${selectStored} where a.organization_id = $1 and a.connector_id = $2 and a.native_key = $3`,
);
const holdKey = statement<never>(
  undefined,
  `select id from account where organization_id = $1 and connector_id = $2 and native_key = $3 for no key update`,
);

/**
 * The live account, of a user’s own connectors where he is named, held until the transaction ends: whoever changes it at
 * the same moment waits, and then meets this change. So does whoever would have its connector read it otherwise.
 */
export async function holdAccount(
  tx: Transaction,
  id: string,
  ofUser: string | null = null,
): Promise<StoredAccount | undefined> {
  await tx.query(holdConnector, [id, ofUser]);
  await tx.query(holdById, [id, ofUser]);
  const [account] = await tx.query(byId, [id, ofUser]);
  return account;
}

/** Likewise by its lasting key in the connector, removed or not. */
export async function holdAccountOfKey(
  tx: Transaction,
  connectorId: string,
  key: string,
): Promise<StoredAccount | undefined> {
  const held = await tx.query(holdKey, [connectorId, key]);
  const [account] = await tx.query(byKey, [connectorId, key]);
  // Somebody has made it between the two: then nobody holds it yet.
  return account && held.length === 0 ? holdAccountOfKey(tx, connectorId, key) : account;
}

/** Live ones that are held already, in no order. */
export async function storedAccounts(tx: Transaction, ids: readonly string[]): Promise<StoredAccount[]> {
  return tx.query(liveByIds, [ids]);
}

/** @throws {NotFoundError} also for an account that this permission of the caller does not reach */
export async function requireHeld(
  tx: Transaction,
  caller: Principal,
  permission: Permission,
  id: string,
): Promise<StoredAccount> {
  const account = await holdAccount(tx, id, narrowedTo(caller, permission));
  if (!account) throw new NotFoundError('account');
  return account;
}
