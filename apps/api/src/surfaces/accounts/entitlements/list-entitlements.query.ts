import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { collectionQueryOf } from '../collection.query.js';
import { entitlementCollection } from './entitlement.fields.js';

/** The vendor refuses what asks for segments where there are none, and so does this: an empty text asks for nothing. */
const unsegmented = (name: string) => ({ message: `${name} needs segments, and there are none here.` });

export class ListEntitlementsQuery extends collectionQueryOf(entitlementCollection) {
  @ApiProperty({ name: 'account-id', required: false, description: 'Only what this account holds.' })
  @IsOptional()
  @IsString()
  'account-id'?: string;

  @ApiProperty({ name: 'segmented-for-identity', required: false, description: 'There are no segments: only empty.' })
  @IsOptional()
  @IsIn([''], unsegmented('segmented-for-identity'))
  'segmented-for-identity'?: string;

  @ApiProperty({ name: 'for-segment-ids', required: false, description: 'There are no segments: only empty.' })
  @IsOptional()
  @IsIn([''], unsegmented('for-segment-ids'))
  'for-segment-ids'?: string;

  @ApiProperty({ name: 'include-unsegmented', required: false, enum: ['true'], default: 'true' })
  @IsOptional()
  @IsIn(['true'], { message: 'include-unsegmented must be true: there are no segments here.' })
  'include-unsegmented'?: string;
}
