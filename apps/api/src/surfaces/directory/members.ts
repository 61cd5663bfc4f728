import type { PipeTransform } from '@nestjs/common';
import type { MemberFilter, MembershipOperation, MembershipType } from '@app/directory';
import { InvalidError } from '@app/kernel';
import { bracketFilter, type BracketFilterTable, everything, parseBracketFilters } from '@app/query';
import { repeated } from '../../http/validation/modest-body.js';
import { validated } from '../../http/validation/validated.js';
import { besideFilters, refuseUnknown } from './directory-list.js';
import { pageOf, PageQuery } from './page.query.js';
import { principalTypes } from './principal.fields.js';

const byMembership = 'filter[membershipType][EQ]';
const byPrincipal = 'filter[principalType][EQ]';
const oneOf = (values: readonly string[]) => bracketFilter.choice(values, () => everything);

export const membershipFilters = {
  membershipType: { EQ: oneOf(['direct', 'indirect']) },
} as const satisfies BracketFilterTable;
export const memberFilters = {
  ...membershipFilters,
  principalType: { EQ: oneOf(principalTypes) },
} as const satisfies BracketFilterTable;

export interface MemberListRequest extends MemberFilter {
  /** Undefined: all of them. */
  readonly page: ReturnType<typeof pageOf> | undefined;
}

type Query = Readonly<Record<string, unknown>>;
const paging = ['page[offset]', 'page[limit]'];
const pageIn = validated(PageQuery);

/** The kind of membership a list of groups is narrowed to. */
export const membershipTypeIn: PipeTransform<unknown, MembershipType | undefined> = {
  transform(sent: unknown) {
    const query = (sent ?? {}) as Query;
    refuseUnknown(besideFilters(query), []);
    parseBracketFilters(query, membershipFilters);
    return query[byMembership] as MembershipType | undefined;
  },
};

/** The seed pages nothing here; whoever has a hundred thousand members may. */
export const memberList: PipeTransform<unknown, MemberListRequest> = {
  transform(sent: unknown) {
    const query = (sent ?? {}) as Query;
    refuseUnknown(besideFilters(query), paging);
    parseBracketFilters(query, memberFilters);
    const asked = paging.some((name) => query[name] !== undefined);
    return {
      membershipType: query[byMembership] as MembershipType | undefined,
      principalType: query[byPrincipal] as MemberFilter['principalType'],
      page: asked ? pageOf(pageIn.transform(query, { type: 'query' }) ?? new PageQuery()) : undefined,
    };
  },
};

const mostOperations = 1_000;
const fields = ['op', 'id', 'principalType', 'name'] as const;

/** Reads the operations of a membership edit, which only looks like JSON Patch. */
export const membershipOperations: PipeTransform<unknown, MembershipOperation[]> = {
  transform(body: unknown) {
    if (body === undefined) throw new InvalidError('A JSON body is required.');
    if (!Array.isArray(body) || body.length === 0 || body.length > mostOperations) {
      throw new InvalidError(`The body must be an array of 1 to ${mostOperations} operations.`);
    }
    return body.map(operationIn);
  },
};

function operationIn(sent: unknown, at: number): MembershipOperation {
  if (sent === null || typeof sent !== 'object' || Array.isArray(sent))
    refuse(`${at}`, `Operation ${at} must be an object.`);
  const operation = sent as Record<string, unknown>;
  const unknown = Object.keys(operation).find((name) => !(fields as readonly string[]).includes(name));
  if (unknown !== undefined)
    refuse(`${at}`, `Operation ${at} takes only ${fields.join(', ')}, not ${repeated(unknown)}.`);
  const { op, principalType } = operation;
  if (op !== 'add' && op !== 'remove') refuse(`${at}.op`, `Operation ${at}: op must be add or remove.`);
  const type = principalType ?? undefined;
  if (type !== undefined && type !== 'User' && type !== 'Group') {
    refuse(`${at}.principalType`, `Operation ${at}: principalType must be User or Group.`);
  }
  return { op, id: textIn(operation, 'id', at), name: textIn(operation, 'name', at), principalType: type };
}

function textIn(operation: Record<string, unknown>, field: 'id' | 'name', at: number): string | undefined {
  const value = operation[field] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  return refuse(`${at}.${field}`, `Operation ${at}: ${field} must be a text.`);
}

function refuse(field: string, message: string): never {
  throw InvalidError.field(field, message);
}

export const membershipOperationsSchema = {
  type: 'array',
  minItems: 1,
  maxItems: mostOperations,
  example: [{ op: 'add', principalType: 'User', id: '01974f3a-8c00-704f-8899-6da763b7a969' }],
  items: {
    type: 'object',
    required: ['op'],
    properties: {
      op: { type: 'string', enum: ['add', 'remove'] },
      id: { type: 'string' },
      principalType: { type: 'string', enum: [...principalTypes] },
      name: { type: 'string' },
    },
  },
};
