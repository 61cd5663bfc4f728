import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { GroupDraft } from '@app/directory';
import { Omittable } from '../../http/validation/omittable.js';
import { OnlyRead } from './only-read.js';

const longestText = 2_000;

/** A group as a client writes it. */
export class GroupBody {
  /** Compared without case; no other group has it. */
  @ApiProperty()
  @IsString()
  @MaxLength(longestText)
  name!: string;

  /** Which group it is at the directory it was imported from. */
  @ApiProperty({ required: false, nullable: true })
  @Omittable()
  @IsString()
  @MaxLength(longestText)
  externalId?: string;

  @OnlyRead('string', 'uuid')
  _id?: unknown;

  @OnlyRead('string', 'date-time')
  _created?: unknown;

  @OnlyRead('string', 'date-time')
  _modified?: unknown;

  @OnlyRead('boolean')
  system?: unknown;
}

export function groupDraftOf({ name, externalId }: GroupBody): GroupDraft {
  return { name, externalId };
}
