import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { FieldTable, SortTable } from '@app/query';
import { TrueOrFalse, WholeNumber } from '../../http/validation/query-fields.js';
import type { CollectionFields } from './collection.js';

/** The part of a list that is wanted (SailPoint V3 standard collection parameters). */
export class SliceQuery {
  @ApiProperty({ required: false, type: 'integer', minimum: 0, maximum: 250, default: 250 })
  @WholeNumber({ min: 0, max: 250 })
  limit: number = 250;

  /** By record, not by page; past the end the answer is empty. */
  @ApiProperty({ required: false, type: 'integer', minimum: 0, default: 0 })
  @WholeNumber({ min: 0, max: 2_147_483_647 })
  offset: number = 0;

  /** `true` adds the header `X-Total-Count`. */
  @ApiProperty({ required: false, type: 'boolean', default: false })
  @TrueOrFalse()
  count: boolean = false;
}

/** All of the standard collection parameters. */
export interface CollectionQuery extends SliceQuery {
  readonly filters?: string;
  readonly sorters?: string;
}

/** Those of one collection, whose document tells what it can be asked. */
export function collectionQueryOf({ fields, sorters }: CollectionFields): new () => CollectionQuery {
  class QueryOfCollection extends SliceQuery {
    @ApiProperty({ required: false, ...filtersDocument(fields) })
    @IsOptional()
    @IsString()
    filters?: string;

    @ApiProperty({ required: false, ...sortersDocument(sorters) })
    @IsOptional()
    @IsString()
    sorters?: string;
  }
  return QueryOfCollection;
}

function filtersDocument(fields: FieldTable) {
  const told = Object.entries(fields).map(([name, { ops }]) => `\`${name}\` (${ops.join(', ')})`);
  const [found] = Object.entries(fields).find(([, { type, ops }]) => type === 'text' && ops.includes('sw')) ?? [];
  return {
    description: `A filter in the standard collection syntax. Fields, with their operators: ${told.join('; ')}.`,
    ...(found !== undefined && { example: `${found} sw "j"` }),
  };
}

function sortersDocument(sorters: SortTable) {
  const told = Object.keys(sorters)
    .map((name) => `\`${name}\``)
    .join(', ');
  return {
    description: `Fields, separated by commas, each with \`-\` to descend: ${told}.`,
    example: '-name',
  };
}
