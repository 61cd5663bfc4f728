import { Controller, Get, Logger, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { type Report, ReportService } from '@app/insights';
import { textStream } from '../../http/text-stream.js';
import { validated } from '../../http/validation/validated.js';
import { reportColumns } from './report-columns.js';
import { reportSchema } from './report.schemas.js';
import { csvPieces, jsonPieces } from './write-report.js';

type Format = 'json' | 'csv';

export class ReportQuery {
  @ApiProperty({ required: false, enum: ['json', 'csv'], default: 'json' })
  @IsIn(['json', 'csv'], { message: 'format must be json or csv.' })
  format: Format = 'json';
}

@ApiTags('reports')
@Controller('api/v1/reports')
export class ReportsController {
  private readonly logger = new Logger('reports');

  constructor(private readonly reports: ReportService) {}

  @Get(':name')
  @Requires('reports:read')
  @ApiOperation({
    summary: 'Read a report, in full',
    description:
      '`leavers`: enabled accounts of owners who have left. `uncorrelated`: accounts that nobody owns, with who most likely does. ' +
      '`riskiest-owners`: owners with a score, the highest first. `orphan-accounts`: enabled accounts that nobody owns. ' +
      '`stale-privileged-accounts`: enabled privileged accounts unused for 90 days. ' +
      '`owners-without-manager`: people who are here and whose manager is nobody, or gone.',
  })
  @ApiParam({ name: 'name', enum: Object.keys(reportColumns) })
  @ApiOkResponse({
    description: 'Written while it is read. An answer that breaks off is no report.',
    headers: { 'Content-Disposition': { description: 'Of CSV: a name for the file.', schema: { type: 'string' } } },
    content: {
      'application/json': { schema: reportSchema },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  async read(
    @CurrentPrincipal() caller: Principal,
    @Param('name') name: string,
    @Query(validated(ReportQuery)) { format }: ReportQuery,
  ) {
    const report = this.reports.open(caller, name);
    const text = await textStream(format === 'csv' ? csvPieces(report) : jsonPieces(report));
    text.once('error', (error) => this.logger.error(`report ${report.name} broke off: ${error.message}`));
    return new StreamableFile(text, headersOf(report, format));
  }
}

function headersOf({ name, generatedAt }: Report, format: Format) {
  if (format === 'json') return { type: 'application/json; charset=utf-8' };
  const file = `${name}-${generatedAt.toISOString().slice(0, 10)}.csv`;
  return { type: 'text/csv; charset=utf-8; header=present', disposition: `attachment; filename="${file}"` };
}
