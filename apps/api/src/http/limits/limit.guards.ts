import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { AuthenticatedRequest, Principal } from '@app/access';
import { networkOf } from './network-of.js';
import { RequestLimits } from './request-limits.js';

const uncountedMetadata = 'ostiary:uncounted';

/** Requests here never count against an address: refused, a probe would have a server restarted that is merely busy. */
export const Uncounted = () => SetMetadata(uncountedMetadata, true);

/** The first guard: an address that floods is stopped before anything is looked up for it. */
@Injectable()
export class AddressLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RequestLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get<true | undefined>(uncountedMetadata, context.getClass())) return true;
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
