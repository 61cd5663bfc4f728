import { type AccountRow, connectionTypeOf } from '@app/accounts';
import { jsonSerializer } from '../../http/json-reply.js';
import { optionalText, reference, referenceSchema, text, truth } from './references.js';
import { toldOfKinds } from './sources/source-kinds.js';

const features: Readonly<Record<string, string>> = toldOfKinds((kind) => kind.features.join(', '));

/** The 15 fields of `detailLevel=SLIM`. */
export function presentSlimAccount(row: AccountRow) {
  return {
    id: row.id,
    name: row.name,
    created: row.created_at,
    modified: row.modified_at,
    sourceId: row.connector_id,
    identityId: row.owner_id,
    attributes: null as Readonly<Record<string, unknown>> | null,
    description: row.description,
    disabled: row.disabled,
    locked: row.locked,
    nativeIdentity: row.native_identity,
    uuid: row.uuid,
    manuallyCorrelated: row.correlation === 'manual',
    hasEntitlements: row.entitlement_count > 0,
    features: features[row.connector_kind] ?? null,
  };
}

export function presentAccount(row: AccountRow) {
  return {
    ...presentSlimAccount(row),
    sourceName: row.connector_name,
    attributes: row.attributes,
    authoritative: row.authoritative,
    systemAccount: row.system_account,
    uncorrelated: row.owner_id === null,
    identity: reference('IDENTITY', row.owner_id, row.owner_name),
    sourceOwner: reference('IDENTITY', row.source_owner_id, row.source_owner_name),
    origin: row.origin,
    cloudLifecycleState: row.owner_state,
    identityState: row.identity_state,
    connectionType: connectionTypeOf(row.connector_kind),
    isMachine: false,
    recommendation: null,
  };
}

const slim = {
  id: text,
  name: text,
  created: text,
  modified: text,
  sourceId: text,
  identityId: optionalText,
  attributes: { type: 'object', nullable: true, additionalProperties: true },
  description: optionalText,
  disabled: truth,
  locked: truth,
  nativeIdentity: text,
  uuid: optionalText,
  manuallyCorrelated: truth,
  hasEntitlements: truth,
  features: optionalText,
} as const;

const full = {
  ...slim,
  sourceName: text,
  authoritative: truth,
  systemAccount: truth,
  uncorrelated: truth,
  identity: referenceSchema,
  sourceOwner: referenceSchema,
  origin: optionalText,
  cloudLifecycleState: optionalText,
  identityState: optionalText,
  connectionType: text,
  isMachine: truth,
  recommendation: { type: 'object', nullable: true, example: null },
} as const;

const slimAccountSchema = { type: 'object', properties: slim } as const;
export const accountSchema = { type: 'object', properties: full } as const;
/** Of a list, in either level of detail. */
export const listedAccountSchema = { ...accountSchema, required: Object.keys(slim) };

export const writeAccount = jsonSerializer<ReturnType<typeof presentAccount>>(accountSchema);
export const writeSlimAccount = jsonSerializer<ReturnType<typeof presentSlimAccount>>(slimAccountSchema);
