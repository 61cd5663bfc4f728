import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Module,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Type } from 'class-transformer';
import { IsArray, IsEmail, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PolicyGuard, Public, Requires } from '@app/access';
import { ConflictError, DomainError, UnavailableError } from '@app/kernel';
import { QueryError } from '@app/query';
import { formFields } from '../../../apps/api/src/http/bodies/form-fields.js';
import { jsonSerializer, sendJson } from '../../../apps/api/src/http/json-reply.js';
import { IdParam } from '../../../apps/api/src/http/validation/id-param.js';
import { TrueOrFalse, WholeNumber } from '../../../apps/api/src/http/validation/query-fields.js';
import { validated } from '../../../apps/api/src/http/validation/validated.js';
import { FakeAuthentication } from './test-server.js';

class ThingsQuery {
  @WholeNumber({ min: 1, max: 250 })
  limit = 50;

  @TrueOrFalse()
  count = false;

  @IsOptional()
  @IsString()
  search?: string;
}

class Address {
  @IsEmail()
  email!: string;
}

class NewThing {
  @IsString()
  name!: string;

  @IsOptional()
  @IsObject()
  attributes?: object;

  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Address)
  addresses?: Address[];
}

const serializeThing = jsonSerializer<{ name: string } | null>({
  type: 'object',
  properties: { name: { type: 'string' } },
});

/** One controller with every kind of input and every kind of failure, mounted on all surfaces. */
@Controller([
  'api/v1/owners',
  'accounts',
  'v3/accounts',
  'v2024/accounts',
  'api/v1/apps',
  'auth/v1',
  'api/v1/directory/users',
])
class ThingsController {
  @Get()
  @Requires('owners:list')
  list(@Query(validated(ThingsQuery)) query: ThingsQuery) {
    return query;
  }

  @Get(':id')
  @Requires('owners:read')
  get(@Param('id', new IdParam('thing')) id: string) {
    return { id };
  }

  @Get('who/ip')
  @Public()
  ip(@Req() request: FastifyRequest) {
    return { ip: request.ip };
  }

  @Get(':id/text')
  @Requires('owners:read')
  text(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendJson(
      reply,
      serializeThing,
      id === 'null' ? null : ({ name: id, secret: 'unnamed' } as { name: string }),
    );
  }

  @Post()
  @Requires('owners:list')
  create(@Body(validated(NewThing)) body: NewThing) {
    return body;
  }

  @Post('optional')
  @HttpCode(200)
  @Requires('owners:list')
  optional(@Body(validated(NewThing, { optional: true })) body?: NewThing) {
    return { body: body ?? 'none' };
  }

  @Post('raw')
  @HttpCode(200)
  @Requires('owners:list')
  raw(@Body() body: unknown) {
    return { body };
  }

  @Patch('raw')
  @Requires('owners:list')
  patch(@Body() body: unknown) {
    return { body };
  }

  @Post('bare')
  @HttpCode(202)
  @Requires('owners:list')
  bare() {
    return { status: 'queued' };
  }

  @Delete('bare')
  @Requires('owners:list')
  remove() {
    return {};
  }

  @Put('files')
  @Requires('owners:list')
  async upload(@Req() request: FastifyRequest) {
    let size = 0;
    for await (const part of request.parts()) {
      if (part.type === 'file') for await (const chunk of part.file) size += (chunk as Buffer).length;
    }
    return { size };
  }

  @Post('form')
  @HttpCode(200)
  @Public()
  form(@Req() request: FastifyRequest) {
    return formFields(request);
  }

  @Get('fail/:how')
  @Public()
  fail(@Param('how') how: string) {
    throw failures[how]?.() ?? new Error('boom at /srv/secret/file.ts: select * from app_user');
  }
}

const failures: Readonly<Record<string, () => Error>> = {
  conflict: () => new ConflictError('Taken.', [{ field: 'email', message: 'Taken.' }]),
  busy: () => new DomainError('too_many_requests', 'Slow down.', [], 7),
  away: () => new UnavailableError('The database is away.', 5),
  filter: () => new QueryError('unknown field "x" at 0: id, name'),
  grant: () => Object.assign(new DomainError('invalid', 'Unknown grant.'), { reason: 'unsupported_grant_type' }),
};

@Module({
  controllers: [ThingsController],
  providers: [
    { provide: APP_GUARD, useClass: FakeAuthentication },
    { provide: APP_GUARD, useClass: PolicyGuard },
  ],
})
export class ThingsModule {}
