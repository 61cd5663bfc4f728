import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';
import { Omittable } from '../../http/validation/omittable.js';
import { OnlyShown } from '../../http/validation/only-shown.js';
import { ExpandPaths } from './expand-mask.js';
import { Description, DisplayName, OptionalText, Part, Texts } from './fields.js';

class ConnectorExpandMask {
  @ExpandPaths('connector')
  paths?: string[];
}

const configExample = { kind: 'delimited-file', mapping: { login: 'nativeIdentity', mail: 'email' } };

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
    example: configExample,
  })
  @IsObject()
  config!: object;

  /** The kind of connector; `config.kind` says the same. */
  @OptionalText(256)
  catalogId?: string;

  /** Who owns it from the start, in the first role of the server (`owner`). */
  @Texts()
  userIds?: string[];

  @Part(ConnectorExpandMask)
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

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: configExample })
  @Omittable()
  @IsObject()
  config?: object;

  /** The users who own it in the first role of the server (`owner`), if the mask names them. */
  @Texts()
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
  @OptionalText(1_000, { example: 'displayName,config' })
  updateMask?: string;

  @Part(ConnectorExpandMask)
  expandMask?: ConnectorExpandMask;
}
