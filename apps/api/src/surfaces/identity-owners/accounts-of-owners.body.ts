import { ApiProperty } from '@nestjs/swagger';
import { ArrayNotEmpty } from 'class-validator';
import { ListOf } from '../../http/validation/body-fields.js';

const mostOwners = 100;
const longestId = 200;

export class AccountsOfOwnersBody {
  /** Said twice is said once. */
  @ApiProperty({ type: [String], minItems: 1, maxItems: mostOwners })
  @ArrayNotEmpty({ message: 'owner_ids must hold at least one id.' })
  @ListOf({
    atMost: mostOwners,
    holds: (entry) => typeof entry === 'string' && entry.length <= longestId,
    each: `must be a text of at most ${longestId} characters.`,
    mayRepeat: true,
  })
  owner_ids!: string[];
}
