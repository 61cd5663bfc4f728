import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional } from 'class-validator';

export class RiskAssessmentQuery {
  /** Whether each factor says what it is made of and what would change it. */
  @ApiProperty({ required: false, type: 'boolean', default: false })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @IsIn(['true', 'false'], { message: 'explain must be true or false.' })
  explain: 'true' | 'false' = 'false';
}
