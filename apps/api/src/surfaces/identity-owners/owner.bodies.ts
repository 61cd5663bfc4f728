import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsObject, IsOptional, IsString, MaxLength, ValidateIf } from 'class-validator';
import { longestEmail } from '@app/kernel';
import type { OwnerChanges } from '@app/owners';

/** Longer than any field is: how long it may be, blanks around it aside, is not judged here. */
const longestText = 2_000;

/** A text that may be left out; null takes it away. */
function OptionalText(options: ApiPropertyOptions = {}): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ required: false, nullable: true, type: 'string', maxLength: 256, ...options } as ApiPropertyOptions),
    IsOptional(),
    IsString(),
    MaxLength(longestText),
  );
}

/** Left out it stays as it is; null is no value of it. */
function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_, value: unknown) => value !== undefined);
}

/** One of a few words, in whatever letters. */
function Choice(name: string, ...words: string[]): PropertyDecorator {
  const spelled = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return applyDecorators(
    ApiProperty({ required: false, enum: words, default: words[0] }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim().toLowerCase() : value)),
    MayBeAbsent(),
    IsIn(words, { message: `${name} must be ${spelled}.` }),
  );
}

const email = { format: 'email', maxLength: longestEmail };

/** What of an owner is optional in every write. Where he came from and when is not written by anybody. */
class OwnerFields implements OwnerChanges {
  /** Required of a human; no two owners have the same. */
  @OptionalText(email)
  email?: string | null;

  @OptionalText(email)
  alt_email?: string | null;

  @OptionalText()
  department?: string | null;

  @OptionalText()
  title?: string | null;

  @OptionalText()
  location?: string | null;

  @Choice('owner_type', 'human', 'service', 'federated')
  owner_type?: 'human' | 'service' | 'federated';

  /** In the words of the organization, such as Employee or Contractor. */
  @OptionalText()
  employment_type?: string | null;

  @Choice('status', 'active', 'inactive')
  status?: 'active' | 'inactive';

  /** Another owner, who does not report to this one. */
  @OptionalText({ format: 'uuid' })
  manager_id?: string | null;

  /** Who he is at the authoritative source. */
  @OptionalText()
  identity_id?: string | null;

  @OptionalText()
  mobile_phone?: string | null;

  @OptionalText()
  phone?: string | null;

  @OptionalText({ format: 'date' })
  start_date?: string | null;

  /** Not before the start. */
  @OptionalText({ format: 'date' })
  end_date?: string | null;

  /** By key: what is not named stays, null takes a key away. At most 100 keys, texts of at most 1,000 characters. */
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }], nullable: true },
    example: { cost_center: 'CC-7' },
  })
  @MayBeAbsent()
  @IsObject()
  metadata?: Readonly<Record<string, unknown>>;
}

export class NewOwnerBody extends OwnerFields {
  @ApiProperty({ maxLength: 256 })
  @IsString()
  @MaxLength(longestText)
  name!: string;
}

export class OwnerBody extends OwnerFields {
  @ApiProperty({ required: false, maxLength: 256 })
  @MayBeAbsent()
  @IsString()
  @MaxLength(longestText)
  name?: string;
}
