import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { CollectionQuery } from './collection.query.js';

export class ListAccountsQuery extends CollectionQuery {
  @ApiProperty({ required: false, enum: ['SLIM', 'FULL'], default: 'FULL' })
  @IsOptional()
  @IsIn(['SLIM', 'FULL'], { message: 'detailLevel must be SLIM or FULL.' })
  detailLevel: 'SLIM' | 'FULL' = 'FULL';
}
