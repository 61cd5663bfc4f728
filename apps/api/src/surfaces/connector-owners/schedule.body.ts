import { ApiProperty } from '@nestjs/swagger';
import { Omittable } from '../../http/validation/omittable.js';
import { InstantText } from '../../http/validation/query-fields.js';
import { OptionalText, Part } from './fields.js';

class CronBody {
  /** Five fields of cron; empty: no schedule any more. */
  @OptionalText(200, { example: '30 2 * * *' })
  cronSpec?: string;

  /** Of whose clock the fields are. */
  @OptionalText(100, { default: 'UTC', example: 'Europe/Helsinki' })
  timezone?: string;

  /** Nothing is read before. */
  @ApiProperty({ required: false, format: 'date-time' })
  @Omittable()
  @InstantText()
  start?: Date;
}

/** The schedule stands in `cron`, as the published client sends it, or in the body itself. */
export class ScheduleBody extends CronBody {
  @Part(CronBody)
  cron?: CronBody;
}
