import { Module } from '@nestjs/common';
import { OrganizationByHost } from '../directory/organization-by-host.js';
import { KeysController } from './keys.controller.js';
import { OAuthController } from './oauth.controller.js';

@Module({ controllers: [OAuthController, KeysController], providers: [OrganizationByHost] })
export class OAuthSurfaceModule {}
