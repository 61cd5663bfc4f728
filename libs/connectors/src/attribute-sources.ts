import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { Database, statement } from '@app/persistence';
import { ofOwnConnectors } from './of-own-connectors.js';

/** Where a field of an owner comes from, or might: what an account of a directory says, and by which mapping. */
export interface AttributeSource {
  readonly owner_field: string;
  readonly application_id: string;
  readonly account_id: string;
  readonly account_attribute: string;
  readonly mapping_id: string;
  readonly value: string;
}

/** What an account keeps of each thing a mapping can name. What it does not keep is known of the owner it made alone. */
const kept: Readonly<Record<string, string>> = {
  nativeIdentity: 'a.native_identity',
  name: 'a.name',
  displayName: 'a.display_name',
  uuid: 'a.uuid',
  email: 'a.email',
  description: 'a.description',
  identityId: 'case when a.connector_id = o.connector_id then o.identity_id end',
};
const cases = Object.entries(kept).map(([attribute, sql]) => `when '${attribute}' then ${sql}`);
const value = `case m.account_attribute ${cases.join(' ')}
  else case when starts_with(m.account_attribute, 'attributes.') then a.attributes ->> substr(m.account_attribute, 12) end end`;

/** What is told by accounts of an owner `o`; `scope` is SQL of the user on whose own connectors they are to be, or of null. */
const toldBy = (scope: string) => `account a
     join connector c on c.organization_id = $1 and c.id = a.connector_id and c.authoritative
     join attribute_mapping m on m.organization_id = $1 and m.connector_id = a.connector_id
    cross join lateral (select ${value} as value) told
    where a.organization_id = $1 and a.owner_id = o.id and a.deleted_at is null and told.value <> ''
      and (${scope}::uuid is null or ${ofOwnConnectors(scope)})`;
/** The connector that made the owner decides; of others the lower priority comes first. */
const byRank = `m.owner_field, a.connector_id = o.connector_id desc nulls last, m.priority, a.id`;

/** All of one owner `o`, within a statement about him: for many of them it is faster to ask for all at once. */
export const sourcesOfOne = (scope: string) => `(select json_agg(json_build_object(
    'owner_field', m.owner_field, 'application_id', c.application_id, 'account_id', a.id,
    'account_attribute', m.account_attribute, 'mapping_id', m.id, 'value', told.value) order by ${byRank})
  from ${toldBy(scope)}) as sources`;

type OwnersSource = AttributeSource & { readonly owner_id: string };
const sourcesOf = (owners: string) => `
  select o.id as owner_id, m.owner_field, c.application_id, a.id as account_id, m.account_attribute, m.id as mapping_id, told.value
    from owner o cross join ${toldBy('$3')} and o.organization_id = $1 and o.id ${owners} and o.deleted_at is null
   order by o.id, ${byRank}`;
const sourcesOfOwners = statement<OwnersSource>('person.sources', sourcesOf('= any($2::uuid[])'));
/** A list of one would be planned anew each time, for it is cheaper than lists are thought to be. */
const sourcesOfOwner = statement<OwnersSource>('person.sources-of-one', sourcesOf('= $2'));

/** Tells where what is known of owners comes from. */
@Injectable()
export class AttributeSources {
  constructor(private readonly database: Database) {}

  /** By owner, whoever counts first; one statement for all of them. A SOURCE_SUBADMIN meets only those of own connectors. */
  async ofOwners(caller: Principal, ownerIds: readonly string[]): Promise<Map<string, AttributeSource[]>> {
    if (ownerIds.length === 0) return new Map();
    const [only, ...others] = ownerIds;
    const scope = narrowedTo(caller, 'accounts:read');
    const rows = await (others.length === 0
      ? this.database.query(caller, sourcesOfOwner, [only, scope])
      : this.database.query(caller, sourcesOfOwners, [ownerIds, scope]));
    return Map.groupBy(rows, ({ owner_id }) => owner_id);
  }
}
