import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsString, ValidateNested } from 'class-validator';
import { ListOf } from '../../http/validation/body-fields.js';
import { Omittable } from '../../http/validation/omittable.js';
import { OnlyShown } from '../../http/validation/only-shown.js';
import { Description, DisplayName } from './text-fields.js';
import { expandable, mostIds, pathsOf } from './bodies.js';

const ids = { atMost: mostIds, holds: (one: unknown) => typeof one === 'string', each: 'must be a text.' };

class ConnectorExpandMask {
  @ApiPropertyOptional({ type: [String], enum: [...expandable.connector, '*'] })
  @Omittable()
  @ListOf({ ...pathsOf(expandable.connector), mayRepeat: true })
  paths?: string[];
}

export class CreateConnectorBody {
  /** Absent: the application's. The published client cannot send it. */
  @DisplayName({ required: false, example: 'Nightly export' })
  displayName?: string;

  @Description()
  description?: string;

  /** What the connector reads and how; docs/connectors.md tells every key. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { kind: 'delimited-file', mapping: { login: 'nativeIdentity', mail: 'email' } },
  })
  @IsObject()
  config!: object;

  /** The kind of connector; `config.kind` says the same. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsString()
  catalogId?: string;

  /** Who owns it from the start, in the first role of the server (`owner`). */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...ids, mayRepeat: true })
  userIds?: string[];

  @ApiPropertyOptional({ type: ConnectorExpandMask })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => ConnectorExpandMask)
  expandMask?: ConnectorExpandMask;
}

/** A connector as its answers, those of the vendor too, show it. */
@OnlyShown(
  'id',
  'appId',
  'catalogId',
  'status',
  'canResumeSync',
  'syncDisabledAt',
  'syncDisabledCategory',
  'syncDisabledReason',
  'connectorSyncCronSchedule',
  'connectorApiVersion',
  'configUpdatedAt',
  'syncConfig',
  'disableCheckBadSync',
  'profileAllowList',
  'profileIgnoreList',
  'oauthAuthorizedAs',
  'downloadUrl',
  'createdAt',
  'updatedAt',
  'deletedAt',
)
class ConnectorPatch {
  @DisplayName({ required: false, example: 'Nightly export' })
  displayName?: string;

  @Description()
  description?: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @Omittable()
  @IsObject()
  config?: object;

  /** The users who own it in the first role of the server (`owner`), if the mask names them. */
  @ApiPropertyOptional({ type: [String], maxItems: mostIds })
  @Omittable()
  @ListOf({ ...ids, mayRepeat: true })
  userIds?: string[];
}

export class UpdateConnectorBody {
  /** Other fields of a connector are taken and left as they are. */
  @ApiProperty({ type: ConnectorPatch })
  @IsObject()
  @ValidateNested()
  @Type(() => ConnectorPatch)
  connector!: ConnectorPatch;

  /**
   * Comma-joined names of the fields to take over; one that is absent becomes empty. No mask: displayName, description
   * and config as far as they are given.
   */
  @ApiProperty({ required: false, example: 'displayName,config' })
  @Omittable()
  @IsString()
  updateMask?: string;

  @ApiPropertyOptional({ type: ConnectorExpandMask })
  @Omittable()
  @IsObject()
  @ValidateNested()
  @Type(() => ConnectorExpandMask)
  expandMask?: ConnectorExpandMask;
}
