import { Module } from '@nestjs/common';
import { LoginController } from './login.controller.js';
import { OrganizationByHost } from './organization-by-host.js';

@Module({ controllers: [LoginController], providers: [OrganizationByHost] })
export class DirectorySurfaceModule {}
