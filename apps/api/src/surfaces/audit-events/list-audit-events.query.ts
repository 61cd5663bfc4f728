import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { type AuditEventFilter, type AuditSubjectType, auditSubjectTypes, furthestEvent } from '@app/audit';
import { IdText, InstantText, WholeNumber } from '../../http/validation/query-fields.js';

const id = { required: false, format: 'uuid' };
const instant = { required: false, format: 'date-time' };

export class ListAuditEventsQuery {
  @ApiProperty({
    name: 'page[offset]',
    required: false,
    type: 'integer',
    minimum: 0,
    maximum: furthestEvent,
    default: 0,
  })
  @WholeNumber({ min: 0, max: furthestEvent })
  'page[offset]'?: number;

  @ApiProperty({ name: 'page[limit]', required: false, type: 'integer', minimum: 1, maximum: 1_000, default: 50 })
  @WholeNumber({ min: 1, max: 1_000 })
  'page[limit]'?: number;

  /** Whom or what the event is about. */
  @ApiProperty({ name: 'filter[subjectId][EQ]', ...id })
  @IdText()
  'filter[subjectId][EQ]'?: string;

  @ApiProperty({ name: 'filter[subjectType][EQ]', required: false, enum: auditSubjectTypes })
  @IsOptional()
  @IsIn(auditSubjectTypes, { message: `filter[subjectType][EQ] must be one of ${auditSubjectTypes.join(', ')}.` })
  'filter[subjectType][EQ]'?: AuditSubjectType;

  /** Who did it: a user, a client, a key or a run. */
  @ApiProperty({ name: 'filter[actorId][EQ]', ...id })
  @IdText()
  'filter[actorId][EQ]'?: string;

  /** Whose rights the actor used: the target of an impersonation, the user of a client. */
  @ApiProperty({ name: 'filter[onBehalfOfId][EQ]', ...id })
  @IdText()
  'filter[onBehalfOfId][EQ]'?: string;

  @ApiProperty({ name: 'filter[action][EQ]', required: false, example: 'role.granted' })
  @IsOptional()
  @Matches(/^[A-Za-z]{1,64}\.[A-Za-z]{1,64}$/, {
    message: 'filter[action][EQ] must be a noun and a verb, such as role.granted.',
  })
  'filter[action][EQ]'?: string;

  @ApiProperty({ name: 'filter[at][GT]', ...instant })
  @InstantText()
  'filter[at][GT]'?: Date;

  @ApiProperty({ name: 'filter[at][LT]', ...instant })
  @InstantText()
  'filter[at][LT]'?: Date;
}

export function eventFilterOf(query: ListAuditEventsQuery): AuditEventFilter {
  return {
    subjectId: query['filter[subjectId][EQ]'],
    subjectType: query['filter[subjectType][EQ]'],
    actorId: query['filter[actorId][EQ]'],
    onBehalfOfId: query['filter[onBehalfOfId][EQ]'],
    action: query['filter[action][EQ]'],
    after: query['filter[at][GT]'],
    before: query['filter[at][LT]'],
  };
}
