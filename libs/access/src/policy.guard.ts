import { type CanActivate, type ExecutionContext, Injectable, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ForbiddenError, UnauthenticatedError } from '@app/kernel';
import { type Access, accessMetadata, type AuthenticatedRequest } from './decorators.js';
import type { Principal } from './caller.js';
import { isClosedTo, type Permission, reachesOwnRecord, reachesOwnUser } from './policy.js';
import { whyRefused } from './why-refused.js';

/** Who wants to hear of refusals, such as the audit trail of the few that belong there. */
export abstract class RefusalWatch {
  /** `body` is what was sent, which nobody has looked at yet. */
  abstract refused(principal: Principal, permission: Permission, body: unknown): Promise<void>;
}

/** Closed by default: what the policy table does not allow is refused, and so is a route that names no permission. */
@Injectable()
export class PolicyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Optional() private readonly watch?: RefusalWatch,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const access = accessOf(this.reflector, context);
    if (access === undefined) throw new ForbiddenError('This is open to nobody.');
    if ('public' in access) return true;

    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!request.user) throw new UnauthenticatedError();
    if (mayUse(request.user, access.permission, request.params)) return true;
    return this.refuse(request.user, access.permission, request.body);
  }

  private async refuse(principal: Principal, permission: Permission, body: unknown): Promise<never> {
    await this.watch?.refused(principal, permission, body);
    throw new ForbiddenError(whyRefused(principal, permission));
  }
}

export function accessOf(reflector: Reflector, context: ExecutionContext): Access | undefined {
  return reflector.getAllAndOverride<Access | undefined>(accessMetadata, [context.getHandler(), context.getClass()]);
}

function mayUse(principal: Principal, permission: Permission, params: AuthenticatedRequest['params'] = {}): boolean {
  if (isClosedTo(permission, principal.kind)) return false;
  if (principal.permissions.has(permission)) return true;
  if (reachesOwnUser(permission)) return isOwn(principal.userId, params['userId'] ?? params['principalId']);
  return reachesOwnRecord(permission) && isOwn(principal.ownerId, params['id']);
}

/** For what a part of a request does beyond what its route is for. */
export function requirePermission(principal: Principal, permission: Permission): void {
  if (!mayUse(principal, permission)) throw new ForbiddenError(whyRefused(principal, permission));
}

function isOwn(own: string | null, asked: string | undefined): boolean {
  return own !== null && asked?.toLowerCase() === own;
}
