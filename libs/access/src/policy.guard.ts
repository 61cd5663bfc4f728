import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ForbiddenError, UnauthenticatedError } from '@app/kernel';
import { type Access, accessMetadata, type AuthenticatedRequest } from './decorators.js';
import type { Principal } from './caller.js';
import { isClosedTo, type Permission, reachesOwnRecord } from './policy.js';

/** Closed by default: what the policy table does not allow is refused, and so is a route that names no permission. */
@Injectable()
export class PolicyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(this.reflector, context);
    if (access === undefined) throw new ForbiddenError();
    if ('public' in access) return true;

    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!request.user) throw new UnauthenticatedError();
    if (!mayUse(request.user, access.permission, request.params['id'])) throw new ForbiddenError();
    return true;
  }
}

export function accessOf(reflector: Reflector, context: ExecutionContext): Access | undefined {
  return reflector.getAllAndOverride<Access | undefined>(accessMetadata, [context.getHandler(), context.getClass()]);
}

function mayUse(principal: Principal, permission: Permission, recordId: string | undefined): boolean {
  if (isClosedTo(permission, principal.kind)) return false;
  if (principal.permissions.has(permission)) return true;
  return reachesOwnRecord(permission) && principal.ownerId !== null && recordId?.toLowerCase() === principal.ownerId;
}
