import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedRequest, Principal } from '@app/access';
import { networkOf } from './network-of.js';
import { RequestLimits } from './request-limits.js';

/** The first guard: an address that floods is stopped before anything is looked up for it. */
@Injectable()
export class AddressLimitGuard implements CanActivate {
  constructor(private readonly limits: RequestLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.limits.ofAddress(networkOf(context.switchToHttp().getRequest<FastifyRequest>().ip));
    return true;
  }
}

/** After authentication: one credential that runs wild does not slow the others behind the same address. */
@Injectable()
export class CredentialLimitGuard implements CanActivate {
  constructor(private readonly limits: RequestLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (user) await this.limits.ofCredential(credentialOf(user));
    return true;
  }
}

function credentialOf({ sessionId, actor }: Principal): string {
  return sessionId ?? `${actor.type} ${actor.id}`;
}
