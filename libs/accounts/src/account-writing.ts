import { Injectable } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import type { ConnectorConfig, GivenRow, SourceAccount } from '@app/connectors';
import { fold, InvalidError, newId } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';
import { changeOf, heldIn, withoutNulls } from './account-changes.js';
import type { HeldConnector } from './held-connector.js';
import { modifiedNow } from './modified-at.js';
import { mapsEntitlements, rowValues } from './row-columns.js';
import { RuleLinks } from './rule-links.js';
import { type HeldValue, rowColumns, type StoredAccount } from './stored-account.js';
import { tally } from './tallying.js';
import { announcing } from './touched-owners.js';

export interface RowOfAccount extends Pick<GivenRow, 'accountKey' | 'account'> {
  readonly person?: GivenRow['person'];
  /** As much of the connector’s mapping as the row says: what the other columns are for stays as it is. */
  readonly says: ConnectorConfig['mapping'];
  /** All attributes the account will have; null takes one away. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** When its momentary figures were taken; null: it has none of its own. */
  readonly figuresAt: string | null;
  /** Whether it says anything that correlation rules compare. */
  readonly rekeys: boolean;
  /** By which a run knows the row again: only of one that stands in the connector's file. */
  readonly hash?: string;
}

const columns = [...rowColumns, 'attributes'];

const insert = statement<never>(
  undefined,
  `insert into account (organization_id, id, connector_id, connector_name_key, origin, native_key, ${columns.join(', ')})
   select $1, $2, c.id, c.name_key, 'PROVISIONED', $4, ${columns.map((column) => `r.${column}`).join(', ')}
     from jsonb_populate_record(null::account, $5::jsonb) r
     join connector c on c.organization_id = $1 and c.id = $3`,
);

/** `$5` and `$6`: whether the hash is another now, and which. */
const update = statement<never>(
  undefined,
  `update account a set ${columns.map((column) => `${column} = r.${column}`).join(', ')},
      source_hash = case when $5::boolean then decode($6::text, 'hex') else a.source_hash end,
      version = a.version + $4::integer, modified_at = case when $4::integer > 0 then ${modifiedNow} else a.modified_at end
     from jsonb_populate_record(null::account, $3::jsonb) r
    where a.organization_id = $1 and a.id = $2`,
);

const bringBack = statement<never>(
  undefined,
  `update account set deleted_at = null, owner_id = null, correlation = 'none', owner_name_key = null, owner_state = null
    where organization_id = $1 and id = $2`,
);

/** Hidden everywhere, but kept with id and links: the account may return with them. */
const hide = statement<{ name: string; owner_id: string | null }>(
  undefined,
  `update account a set deleted_at = now(), modified_at = ${modifiedNow}, version = a.version + 1
    where a.organization_id = $1 and a.id = $2 and a.deleted_at is null returning a.name, a.owner_id`,
);

const wanted = `jsonb_to_recordset($3::jsonb) as w (attribute text, value text, key text, kind text, privileged boolean,
  highly_privileged boolean)`;
const insertEntitlements = statement<never>(
  undefined,
  `insert into entitlement (organization_id, connector_id, attribute, value, name, name_key, kind, privileged, highly_privileged)
   select $1, $2, w.attribute, w.value, w.value, w.key, w.kind, w.privileged, w.highly_privileged from ${wanted}
    where not exists (select from entitlement e where e.organization_id = $1 and e.connector_id = $2
       and e.attribute = w.attribute and e.value = w.value)
    order by w.attribute, w.value
   on conflict (organization_id, connector_id, attribute, value) do nothing`,
);
const holdExactly = statement<never>(
  undefined,
  `with right_now as materialized (
     select e.id from ${wanted} join entitlement e on e.organization_id = $1 and e.connector_id = $2
       and e.attribute = w.attribute and e.value = w.value),
   released as (
     delete from account_entitlement x where x.organization_id = $1 and x.account_id = $4
       and not exists (select from right_now r where r.id = x.entitlement_id))
   insert into account_entitlement (organization_id, account_id, entitlement_id)
   select $1, $4, r.id from right_now r on conflict do nothing`,
);

/** Writes single accounts as runs write many: with trail, totals, holdings, links by rules and everybody's figures. */
@Injectable()
export class AccountWriting {
  constructor(
    private readonly audit: AuditTrail,
    private readonly rules: RuleLinks,
  ) {}

  /** A new account; correlated by the connector's rules at once. */
  async create(tx: Transaction, connector: HeldConnector, row: RowOfAccount): Promise<string> {
    const id = newId();
    const { account, accountKey } = row;
    const attributes = withoutNulls(row.attributes);
    const values = { ...rowValues(account, row.figuresAt ?? ''), attributes };
    await announcing(tx, [id], async () => {
      await tx.query(insert, [id, connector.id, accountKey, JSON.stringify(values)]);
      if (mapsEntitlements(connector.config)) await this.hold(tx, connector, id, account);
    });
    await tally(tx, connector.id, { correlated: 0, uncorrelated: 1 });
    const after = {
      nativeIdentity: account.nativeIdentity,
      name: account.name,
      ...(hasAny(attributes) && { attributes }),
    };
    await this.audit.record(tx, { action: 'account.created', subjectType: 'account', subjectId: id, after });
    await this.rules.apply(tx, connector, id, row.person ?? null);
    return id;
  }

  /**
   * Makes the account what the row says. A removed one returns, with its id and with a link that no rule made.
   * @returns whether anything of it is another now
   */
  async change(tx: Transaction, stored: StoredAccount, row: RowOfAccount): Promise<boolean> {
    if (row.accountKey !== stored.native_key) {
      throw new InvalidError('What names the account in its source cannot be changed: it would be another account.');
    }
    const connector = { id: stored.connector_id, kind: stored.kind, config: stored.config };
    const change = changeOf(stored, row);
    const effective = stored.deleted || hasAny(change.after) || hasAny(change.before);
    const rekeyed = String(change.values.correlation_keys) !== String(stored.correlation_keys);
    // The next run reads the row again, also of the same file, if it was overwritten or its state was left aside.
    const rehashed = row.hash !== undefined || stored.deleted || change.ofRow;
    if (!effective && !rekeyed && !rehashed) return false;

    await announcing(tx, [stored.id], async () => {
      const values = JSON.stringify({ ...change.values, attributes: change.attributes });
      const hash = stored.pending ? null : (row.hash ?? null);
      await tx.query(update, [stored.id, values, Number(effective), rehashed, hash]);
      if (stored.deleted) await tx.query(bringBack, [stored.id]);
      const moved = 'entitlements' in change.after || 'entitlements' in change.before;
      if (change.holds && moved) await this.hold(tx, connector, stored.id, row.account);
    });
    if (stored.deleted) await tally(tx, connector.id, { correlated: 0, uncorrelated: 1 });
    if (effective) {
      const action = stored.deleted ? 'account.returned' : 'account.updated';
      const released = stored.deleted && stored.owner_id !== null;
      const before = { ...change.before, ...(released && { ownerId: stored.owner_id }) };
      const after = { ...change.after, ...(released && { ownerId: null }) };
      await this.audit.record(tx, { action, subjectType: 'account', subjectId: stored.id, before, after });
    }
    await this.relink(tx, connector, stored, row, rekeyed);
    return effective;
  }

  /** Takes the account out of sight, as a run does with one that its source no longer names. */
  async remove(tx: Transaction, stored: StoredAccount): Promise<void> {
    const [gone] = await announcing(tx, [stored.id], () => tx.query(hide, [stored.id]));
    if (!gone) return;
    const { name, owner_id: ownerId } = gone;
    const owned = Number(ownerId !== null);
    await tally(tx, stored.connector_id, { correlated: -owned, uncorrelated: owned - 1 });
    const subject = { subjectType: 'account', subjectId: stored.id } as const;
    await this.audit.recordAll(tx, [
      { action: 'account.removed', ...subject, before: { name, ownerId } },
      ...(ownerId === null
        ? []
        : [
            {
              action: 'owner.accountRemoved',
              subjectType: 'owner' as const,
              subjectId: ownerId,
              before: { accountId: stored.id, name },
            },
          ]),
    ]);
  }

  /** Rules have a say where no person has had one, and only when what they compare is another now. */
  private async relink(
    tx: Transaction,
    connector: HeldConnector,
    stored: StoredAccount,
    row: RowOfAccount,
    rekeyed: boolean,
  ): Promise<void> {
    const byRule = stored.correlation === 'none' || stored.correlation === 'rule';
    if (stored.deleted && !byRule) await this.rules.restore(tx, stored);
    else if (stored.deleted || (byRule && rekeyed && !connector.config.authoritative)) {
      await this.rules.apply(tx, connector, stored.id, row.person ?? null);
    }
  }

  private async hold(tx: Transaction, { id, config }: HeldConnector, accountId: string, account: SourceAccount) {
    const values = JSON.stringify(heldIn(account).map((held) => entitlementOf(held, config)));
    await tx.query(insertEntitlements, [id, values]);
    await tx.query(holdExactly, [id, values, accountId]);
  }
}

function entitlementOf({ attribute, value }: HeldValue, config: ConnectorConfig) {
  const highly = config.highlyPrivilegedEntitlements.includes(value);
  return {
    attribute,
    value,
    key: fold(value),
    kind: attribute === 'roles' ? 'role' : 'group',
    privileged: highly || config.privilegedEntitlements.includes(value),
    highly_privileged: highly,
  };
}

function hasAny(document: object): boolean {
  return Object.keys(document).length > 0;
}
