import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@app/access';
import { activationPath } from '@app/auth';
import { profilePage, profilePageHeaders } from './profile-page.js';

const header = { schema: { type: 'string' } } as const;

/** Where the link of an invitation leads, unless the operator has a page of his own. */
@ApiTags('directory')
@Controller(activationPath)
export class ProfilePageController {
  @Get()
  @Public()
  @ApiOperation({ summary: 'The page on which an invitation is accepted', description: 'For browsers.' })
  @ApiOkResponse({
    content: { 'text/html': { schema: { type: 'string' } } },
    headers: { 'Content-Security-Policy': header, 'Referrer-Policy': header },
  })
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.type('text/html; charset=utf-8').headers(profilePageHeaders);
    return profilePage;
  }
}
