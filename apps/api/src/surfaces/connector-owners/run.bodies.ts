import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { Omittable } from '../../http/validation/omittable.js';

export class StartRunBody {
  /** Only say what would change. */
  @ApiProperty({ required: false })
  @Omittable()
  @IsBoolean()
  dryRun?: boolean;
}

export class ValidateBody {
  /** Absent: the connector's own configuration. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @Omittable()
  @IsObject()
  config?: object;
}

class CorrelationRuleBody {
  /** An account field, as a configuration maps columns to. */
  @ApiProperty({ example: 'email' })
  @IsString()
  @MaxLength(256)
  account!: string;

  @ApiProperty({ enum: ['identityId', 'email'] })
  @IsString()
  @MaxLength(256)
  owner!: string;
}

export class TryRulesBody {
  /** Absent: the connector's own. */
  @ApiPropertyOptional({ type: [CorrelationRuleBody], maxItems: 20 })
  @Omittable()
  @IsArray()
  @ValidateNested()
  @Type(() => CorrelationRuleBody)
  correlationRules?: CorrelationRuleBody[];
}
