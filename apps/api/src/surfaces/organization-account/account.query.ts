import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, IsString, MaxLength, ValidateBy } from 'class-validator';
import { WholeNumber } from '../../http/validation/query-fields.js';

export class NotifyQuery {
  /**
   * Mail to those who are new; where the account itself is written, also to those who became Administrators or are none
   * any more.
   */
  @ApiProperty({ name: 'notify', required: false, enum: ['TRUE', 'FALSE'], default: 'FALSE', type: String })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => truthIn(value))
  @ValidateBy({
    name: 'trueOrFalse',
    validator: {
      validate: (value: unknown) => typeof value === 'boolean',
      defaultMessage: () => 'notify must be TRUE or FALSE.',
    },
  })
  notify: boolean = false;
}

export class AccountQuery {
  /** Names of the attributes to answer with, separated by commas; others are looked past. None named: all. */
  @ApiProperty({ required: false, example: '_id,slug' })
  @IsOptional()
  @IsString()
  attr?: string;
}

export class ChangeAccountQuery extends NotifyQuery {
  /** Names of the attributes to answer with, separated by commas; others are looked past. None named: all. */
  @ApiProperty({ required: false, example: '_id,_class' })
  @IsOptional()
  @IsString()
  attr?: string;
}

export class ListManagedOrganizationsQuery {
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 250, default: 50 })
  @WholeNumber({ min: 1, max: 250 })
  first: number = 50;

  /** `endCursor` of the page before. */
  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  after?: string;
}

/** In any letters. */
function truthIn(value: unknown): unknown {
  const word = typeof value === 'string' ? value.trim().toUpperCase() : value;
  if (word === 'TRUE') return true;
  return word === 'FALSE' ? false : value;
}
