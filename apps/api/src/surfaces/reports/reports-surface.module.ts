import { Module } from '@nestjs/common';
import { InsightsModule } from '@app/insights';
import { ReportsController } from './reports.controller.js';

@Module({ imports: [InsightsModule], controllers: [ReportsController] })
export class ReportsSurfaceModule {}
