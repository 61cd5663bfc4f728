import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsString, ValidateNested } from 'class-validator';
import { mostApplicationOwners } from '@app/connectors';
import { ListOf } from '../../http/validation/body-fields.js';
import { Omittable } from '../../http/validation/omittable.js';
import { OnlyShown } from '../../http/validation/only-shown.js';
import { Description, DisplayName } from './text-fields.js';

const userIds = {
  atMost: mostApplicationOwners,
  holds: (one: unknown) => typeof one === 'string',
  each: 'must be a text.',
};

export class CreateAppBody {
  @DisplayName({ required: true, example: 'Salesforce' })
  displayName!: string;

  @Description()
  description?: string;

  /** Users to own it. */
  @ApiPropertyOptional({ type: [String], maxItems: mostApplicationOwners })
  @Omittable()
  @ListOf({ ...userIds, mayRepeat: true })
  owners?: string[];
}

/** An application as its answers show it. */
@OnlyShown('id', 'isDirectory', 'isManuallyManaged', 'appOwners', 'userCount', 'createdAt', 'updatedAt', 'deletedAt')
class AppPatch {
  @DisplayName({ required: false, example: 'Salesforce' })
  displayName?: string;

  @Description()
  description?: string;
}

export class UpdateAppBody {
  @ApiPropertyOptional({ type: AppPatch })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => AppPatch)
  app?: AppPatch;

  /** Comma-joined names of the fields to take over; absent: all that are given. */
  @ApiProperty({ required: false, example: 'displayName,description' })
  @Omittable()
  @IsString()
  updateMask?: string;
}

/** Without a list, nobody. */
export class SetAppOwnersBody {
  @ApiPropertyOptional({ type: [String], maxItems: mostApplicationOwners })
  @Omittable()
  @ListOf({ ...userIds, mayRepeat: true })
  userIds?: string[];
}
