import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { TrueOrFalse, WholeNumber } from '../../http/validation/query-fields.js';

/** Standard collection parameters (SailPoint V3). */
export class ListAccountsQuery {
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

  @ApiProperty({ required: false, enum: ['SLIM', 'FULL'], default: 'FULL' })
  @IsOptional()
  @IsIn(['SLIM', 'FULL'], { message: 'detailLevel must be SLIM or FULL.' })
  detailLevel: 'SLIM' | 'FULL' = 'FULL';

  @ApiProperty({ required: false, example: 'name sw "j" and uncorrelated eq false' })
  @IsOptional()
  @IsString()
  filters?: string;

  @ApiProperty({ required: false, example: 'name,-created' })
  @IsOptional()
  @IsString()
  sorters?: string;
}
