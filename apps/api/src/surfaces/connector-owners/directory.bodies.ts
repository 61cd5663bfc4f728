import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { ListOf } from '../../http/validation/body-fields.js';
import { Omittable } from '../../http/validation/omittable.js';
import { expandable, NothingBody, pathsOf } from './bodies.js';

class DirectoryExpandMask {
  @ApiPropertyOptional({ type: [String], enum: [...expandable.directory, '*'] })
  @Omittable()
  @ListOf({ ...pathsOf(expandable.directory), mayRepeat: true })
  paths?: string[];
}

export class UpdateDirectoryBody {
  /** Every account counts, the one choice there is. */
  @ApiPropertyOptional({ type: NothingBody })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => NothingBody)
  all?: NothingBody;

  @ApiPropertyOptional({ type: DirectoryExpandMask })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => DirectoryExpandMask)
  expandMask?: DirectoryExpandMask;
}

export class CreateDirectoryBody extends UpdateDirectoryBody {
  @ApiProperty({ format: 'uuid' })
  @IsString()
  @MaxLength(256)
  appId!: string;
}
