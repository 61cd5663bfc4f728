import type { DirectoryPrincipalRow, GroupMembershipRow, GroupProfile, GroupRow, MemberRow } from '@app/directory';
import { jsonSerializer } from '../../http/json-reply.js';
import { principalTypes } from './principal.fields.js';

/** An attribute without a value is left out. */
export function presentGroup(row: GroupRow) {
  return {
    _id: row.id,
    _created: row.created_at,
    _modified: row.updated_at,
    externalId: row.external_id ?? undefined,
    system: row.system,
    name: row.name,
  };
}

/** The attributes that may be written, and have a value. */
export function presentWritableGroup({ name, externalId }: GroupProfile): Readonly<Record<string, unknown>> {
  return { name, ...(externalId !== null && { externalId }) };
}

export function presentMembership(row: GroupMembershipRow) {
  return { membershipType: row.direct ? 'direct' : 'indirect', id: row.id, name: row.name };
}

export function presentMember(row: MemberRow) {
  return { membershipType: row.direct ? 'direct' : 'indirect', principalType: row.type, id: row.id, name: row.name };
}

export function presentPrincipal(row: DirectoryPrincipalRow) {
  return {
    _type: row.type,
    _id: row.id,
    displayName: row.display_name,
    name: row.name,
    external: row.external,
    system: row.system,
  };
}

const text = { type: 'string' } as const;
const id = { type: 'string', format: 'uuid' } as const;
const instant = { type: 'string', format: 'date-time' } as const;
const flag = { type: 'boolean' } as const;
const principalType = { type: 'string' as const, enum: [...principalTypes] };
const membershipType = { type: 'string' as const, enum: ['direct', 'indirect'] };

/** Nothing is required, for `fields` and `excludeFields` may take anything away. */
export const groupSchema = {
  type: 'object' as const,
  required: [],
  properties: { _id: id, _created: instant, _modified: instant, externalId: text, system: flag, name: text },
};

/** Of an answer that chooses no fields. */
export const wholeGroupSchema = { ...groupSchema, required: ['_id', '_created', '_modified', 'system', 'name'] };

const memberSchema = {
  type: 'object' as const,
  required: ['membershipType', 'principalType', 'id', 'name'],
  properties: { membershipType, principalType, id, name: text },
};

const membershipSchema = {
  type: 'object' as const,
  required: ['membershipType', 'id', 'name'],
  properties: { membershipType, id, name: text },
};

const principalSchema = {
  type: 'object' as const,
  required: ['_type', '_id', 'displayName', 'name', 'external', 'system'],
  properties: { _type: principalType, _id: id, displayName: text, name: text, external: flag, system: flag },
};

export const groupListSchema = listOf(groupSchema);
export const principalListSchema = listOf(principalSchema);
export const memberListSchema = { type: 'array', items: memberSchema };
export const membershipListSchema = { type: 'array', items: membershipSchema };

export const writeMembership = jsonSerializer<ReturnType<typeof presentMembership>>(membershipSchema);
export const writeMember = jsonSerializer<ReturnType<typeof presentMember>>(memberSchema);
export const writeGroup = jsonSerializer<Partial<ReturnType<typeof presentGroup>>>(groupSchema);
export const writePrincipal = jsonSerializer<ReturnType<typeof presentPrincipal>>(principalSchema);

function listOf<T extends object>(items: T) {
  return {
    type: 'object' as const,
    required: ['totalCount', 'data'],
    properties: { totalCount: { type: 'integer' as const }, data: { type: 'array' as const, items } },
  };
}
