import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { WholeNumber } from '../../http/validation/query-fields.js';

const trimmed = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() || undefined : value));
const lowerCase = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.trim().toLowerCase() || undefined : value,
  );

export class ListOwnersQuery {
  /** Part of the name or of the e-mail address; no character has a special meaning. */
  @ApiProperty({ required: false, maxLength: 200 })
  @trimmed()
  @IsOptional()
  @IsString()
  @MaxLength(200)
  search?: string;

  /** The whole department, ignoring case. */
  @ApiProperty({ required: false, maxLength: 256 })
  @trimmed()
  @IsOptional()
  @IsString()
  @MaxLength(256)
  department?: string;

  @ApiProperty({ required: false, enum: ['active', 'inactive'] })
  @lowerCase()
  @IsOptional()
  @IsIn(['active', 'inactive'], { message: 'status must be active or inactive.' })
  status?: 'active' | 'inactive';

  @ApiProperty({ required: false, enum: ['human', 'service', 'federated'] })
  @lowerCase()
  @IsOptional()
  @IsIn(['human', 'service', 'federated'], { message: 'owner_type must be human, service or federated.' })
  owner_type?: 'human' | 'service' | 'federated';

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 250, default: 50 })
  @WholeNumber({ min: 1, max: 250 })
  first: number = 50;

  /** `endCursor` of the page before, under the same filters. */
  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  after?: string;
}
