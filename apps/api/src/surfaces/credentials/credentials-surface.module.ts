import { Module } from '@nestjs/common';
import { ApiKeysController } from './api-keys.controller.js';
import { ClientsController } from './clients.controller.js';

@Module({ controllers: [ClientsController, ApiKeysController] })
export class CredentialsSurfaceModule {}
