import { All, Controller, Get, Module, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public, Requires } from '@app/access';
import { startTestServer, type TestServer } from '../../../../test/support/http/test-server.js';
import { listRoutes } from './routes.js';

@Controller(['a', 'v3/a'])
@Requires('owners:list')
class ClosedController {
  @Get()
  list() {
    return [];
  }

  @Public()
  @All('open/')
  open() {
    return [];
  }

  notARoute() {
    return 1;
  }
}

@Controller('b')
class ForgetfulController {
  @Public()
  @Get()
  open() {
    return [];
  }

  @Post(':id/enable')
  enable() {
    return [];
  }
}

@Module({ controllers: [ClosedController] })
class ClosedModule {}

@Module({ controllers: [ClosedController, ForgetfulController] })
class ForgetfulModule {}

let started: TestServer;
beforeAll(async () => {
  started = await startTestServer(ClosedModule);
});
afterAll(() => started.app.close());

describe('the list of routes', () => {
  it('names every mount of every handler with who may call it', () => {
    const closed = { permission: 'owners:list' };
    expect(listRoutes(started.app)).toEqual([
      { method: 'GET', path: '/a', access: closed, controller: 'ClosedController', handler: 'list' },
      { method: 'GET', path: '/v3/a', access: closed, controller: 'ClosedController', handler: 'list' },
      { method: 'ALL', path: '/a/open', access: { public: true }, controller: 'ClosedController', handler: 'open' },
      { method: 'ALL', path: '/v3/a/open', access: { public: true }, controller: 'ClosedController', handler: 'open' },
    ]);
  });
});

describe('a route that says nothing about who may call it', () => {
  it('stops the start, by name', async () => {
    await expect(startTestServer(ForgetfulModule)).rejects.toThrow(
      'ForgetfulController.enable (POST /b/:id/enable) has neither @Requires nor @Public',
    );
  });
});
