import { Module } from '@nestjs/common';
import { OwnerService } from './owner.service.js';

@Module({ providers: [OwnerService], exports: [OwnerService] })
export class OwnersModule {}
