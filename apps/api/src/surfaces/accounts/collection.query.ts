import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { TrueOrFalse, WholeNumber } from '../../http/validation/query-fields.js';

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
export class CollectionQuery extends SliceQuery {
  @ApiProperty({ required: false, description: 'A filter in the standard collection syntax.', example: 'name sw "j"' })
  @IsOptional()
  @IsString()
  filters?: string;

  @ApiProperty({ required: false, description: 'Fields, each with `-` to descend.', example: '-name' })
  @IsOptional()
  @IsString()
  sorters?: string;
}
