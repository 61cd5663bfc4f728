import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '@app/access';
import { SigningKeys } from '@app/auth';

/** Shorter than a new key waits before it signs. */
const cachedSeconds = 60;

const text = { type: 'string' };

@ApiTags('oauth')
@Controller('.well-known')
export class KeysController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Public()
  @ApiOperation({
    summary: 'Public keys of the tokens (RFC 7517)',
    description: 'Those that sign, those that will, and those whose tokens may still be about.',
  })
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['keys'],
      properties: {
        keys: {
          type: 'array',
          items: {
            type: 'object',
            required: ['kty', 'crv', 'x', 'y', 'kid', 'alg', 'use'],
            properties: {
              kty: { ...text, example: 'EC' },
              crv: { ...text, example: 'P-256' },
              x: { ...text, example: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU' },
              y: { ...text, example: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' },
              kid: text,
              alg: { ...text, example: 'ES256' },
              use: { ...text, example: 'sig' },
            },
          },
        },
      },
    },
  })
  async list(@Res({ passthrough: true }) reply: FastifyReply) {
    reply.header('cache-control', `public, max-age=${cachedSeconds}`);
    return { keys: await this.keys.published() };
  }
}
