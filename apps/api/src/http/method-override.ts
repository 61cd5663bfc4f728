import type { IncomingMessage } from 'node:http';

/** Where a vendor's clients may say so. */
const surface = /^\/api\/v1\/owners\/account(?:[/?]|$)/;

/**
 * What a POST of these clients means, if it says so in `X-HTTP-Method-Override`. Before the router looks: the route, the
 * permission it needs and every guard are those of the method that is meant.
 */
export function meantMethod({ method, url = '', headers }: IncomingMessage): 'PUT' | 'DELETE' | undefined {
  if (method !== 'POST' || !surface.test(url)) return undefined;
  const said = headers['x-http-method-override'];
  const meant = typeof said === 'string' ? said.trim().toUpperCase() : undefined;
  return meant === 'PUT' || meant === 'DELETE' ? meant : undefined;
}
