import { Module } from '@nestjs/common';
import { ApiKeysController } from './api-keys.controller.js';
import { ClientsController } from './clients.controller.js';
import { OwnClientsController } from './own-clients.controller.js';

@Module({ controllers: [ClientsController, OwnClientsController, ApiKeysController] })
export class CredentialsSurfaceModule {}
