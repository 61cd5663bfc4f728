import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { DestinationStream } from 'pino';
import { type AuthenticatedRequest, type Permission, permissions, type Principal } from '@app/access';
import { UnauthenticatedError } from '@app/kernel';
import { createHttpApplication } from '../../../apps/api/src/http/configure-http.js';

/** `Bearer good` may everything, `Bearer weak` nothing, anything else is nobody. */
@Injectable()
export class FakeAuthentication implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context
      .switchToHttp()
      .getRequest<AuthenticatedRequest & { headers: Record<string, string | undefined> }>();
    const token = request.headers['authorization'];
    if (token === 'Bearer good') request.user = principal(permissions);
    else if (token === 'Bearer weak') request.user = principal([]);
    else if (token !== undefined) throw new UnauthenticatedError();
    return true;
  }
}

function principal(held: readonly Permission[]): Principal {
  return {
    organizationId: '01890a5d-ac96-774b-bcce-b302099a8057',
    actor: { type: 'user', id: '01890a5d-ac96-774b-bcce-b302099a8058', name: 'Ada' },
    requestId: null,
    kind: 'user',
    userId: '01890a5d-ac96-774b-bcce-b302099a8058',
    sessionId: '01890a5d-ac96-774b-bcce-b302099a8059',
    permissions: new Set(held),
    widePermissions: new Set(held),
    ownerId: null,
  };
}

export interface TestServer {
  readonly app: NestFastifyApplication;
  readonly server: Server;
}

interface Overrides {
  readonly logDestination?: DestinationStream;
  readonly trustedProxies?: readonly string[];
}

export async function startTestServer(module: Type, overrides: Overrides = {}): Promise<TestServer> {
  const { logDestination, trustedProxies = [] } = overrides;
  const app = await createHttpApplication(module, {
    configuration: { trustedProxies, uploadLimitBytes: 1000, logLevel: logDestination ? 'debug' : 'silent' },
    ...(logDestination && { logDestination }),
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, server: app.getHttpServer() };
}
