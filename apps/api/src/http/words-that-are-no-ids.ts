import type { FastifyInstance } from 'fastify';
import type { RouteDescription } from './routes.js';
import type { RouteTable } from './route-table.js';

/** Each stands where an id may stand, and is none to any method. */
const words = ['/api/v1/owners/account'];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Marks what stands in another route's way and answers nothing. */
export const noRoute = { noRoute: true } as const;

/** The router knows a word by method: for one it has no route for, the word would be an id to the route beside it. */
export function keepWordsFromIds(server: FastifyInstance, known: readonly RouteDescription[], table: RouteTable): void {
  for (const url of words) {
    table.standsAlone(url);
    const own = known.filter(({ path }) => path === url).map(({ method }) => method);
    for (const method of methods.filter((one) => !own.includes(one))) {
      server.route({ method, url, config: noRoute, handler: (_request, reply) => reply.callNotFound() });
    }
  }
}
