import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { and, type Condition, not } from '@app/query';
import { TrueOrFalse } from '../../../http/validation/query-fields.js';
import { collectionQueryOf } from '../collection.query.js';
import { identityCollection, publicIdentityCollection } from './identity.fields.js';

const defaultFilters = ['CORRELATED_ONLY', 'NONE'] as const;

export class ListIdentitiesQuery extends collectionQueryOf(identityCollection) {
  /** Without it only identities that an authoritative source knows are listed. */
  @ApiProperty({ required: false, enum: defaultFilters, default: 'CORRELATED_ONLY' })
  @IsOptional()
  @IsIn(defaultFilters, { message: 'defaultFilter must be CORRELATED_ONLY or NONE.' })
  defaultFilter: (typeof defaultFilters)[number] = 'CORRELATED_ONLY';
}

export class ListPublicIdentitiesQuery extends collectionQueryOf(publicIdentityCollection) {
  /** `true`: only identities that an authoritative source knows and that have an e-mail address. */
  @ApiProperty({ name: 'add-core-filters', required: false, type: 'boolean', default: false })
  @TrueOrFalse()
  'add-core-filters': boolean = false;
}

export const correlated: Condition = { kind: 'compare', path: 'correlated', op: 'eq', value: true };

/** What the vendor takes for a complete identity, as far as there is anything here that could be incomplete. */
export const coreFilters: Condition = and(correlated, not({ kind: 'isNull', path: 'email' }));
