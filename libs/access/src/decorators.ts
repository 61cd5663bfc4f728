import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Permission } from './policy.js';
import type { Principal } from './caller.js';

export const accessMetadata = 'ostiary:access';

export type Access = { readonly permission: Permission } | { readonly public: true };

/** The permission a route needs. A route with neither this nor `@Public` stops the start. */
export const Requires = (permission: Permission) => SetMetadata(accessMetadata, { permission } satisfies Access);

/** Anybody may call this route, without a token. */
export const Public = () => SetMetadata(accessMetadata, { public: true } satisfies Access);

/** What the guards leave on the request. */
export interface AuthenticatedRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
  user?: Principal;
}

/** The authenticated caller, for handlers behind `@Requires`. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!user) throw new Error('a handler without @Requires asks for the caller');
  return user;
});
