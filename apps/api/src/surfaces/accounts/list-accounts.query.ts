import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { accountCollection } from './account.fields.js';
import { collectionQueryOf } from './collection.query.js';

export class ListAccountsQuery extends collectionQueryOf(accountCollection) {
  @ApiProperty({ required: false, enum: ['SLIM', 'FULL'], default: 'FULL' })
  @IsOptional()
  @IsIn(['SLIM', 'FULL'], { message: 'detailLevel must be SLIM or FULL.' })
  detailLevel: 'SLIM' | 'FULL' = 'FULL';
}
