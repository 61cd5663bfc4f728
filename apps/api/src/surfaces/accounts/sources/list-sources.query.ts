import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { type Principal, narrowedTo, userOf } from '@app/access';
import type { AnsweredForBy } from '@app/connectors';
import { ForbiddenError } from '@app/kernel';
import { TrueOrFalse } from '../../../http/validation/query-fields.js';
import { collectionQueryOf } from '../collection.query.js';
import { sourceCollection } from './source.fields.js';

export class ListSourcesQuery extends collectionQueryOf(sourceCollection) {
  @ApiProperty({
    name: 'for-subadmin',
    required: false,
    description:
      'Only the sources this identity answers for: `me` or an id. Whoever is SOURCE_SUBADMIN alone must name himself.',
    example: 'me',
  })
  @IsOptional()
  @IsString()
  'for-subadmin'?: string;

  /** This server is no source of its own: nothing is added. */
  @ApiProperty({ required: false, type: 'boolean', default: false })
  @TrueOrFalse()
  includeIDNSource: boolean = false;
}

/** Whose sources are wanted. The vendor's list refuses a SOURCE_SUBADMIN who does not ask for his own, so that none takes them for all. */
export function answeredForBy(
  caller: Principal,
  { 'for-subadmin': asked }: ListSourcesQuery,
): AnsweredForBy | undefined {
  const isHimself = asked === 'me' || (caller.ownerId !== null && asked?.toLowerCase() === caller.ownerId);
  if (narrowedTo(caller, 'connectors:read') !== null && !isHimself) {
    throw new ForbiddenError('A SOURCE_SUBADMIN lists his own sources: say for-subadmin=me.');
  }
  if (!asked) return undefined;
  return asked === 'me' ? { userId: userOf(caller) } : { ownerId: asked };
}
