import { describe, expect, it } from 'vitest';
import { RouteTable } from './route-table.js';

const routes = new RouteTable();
routes.add('/accounts', 'GET');
routes.add('/accounts', ['POST']);
routes.add('/accounts/:id', 'GET');
routes.add('/accounts/bulk', 'POST');
routes.add('/docs/*', 'GET');
routes.add('/a.b', 'GET');
routes.add('/accounts/own', ['PUT']);
routes.standsAlone('/accounts/own');

describe('the methods at a path', () => {
  it.each([
    ['/accounts', ['GET', 'POST']],
    ['/accounts/1', ['GET']],
    ['/accounts/bulk', ['GET', 'POST']],
    ['/accounts/own', ['PUT']],
    ['/accounts/', []],
    ['/accounts/1/2', []],
    ['/docs/a/b', ['GET']],
    ['/aXb', []],
    ['/nowhere', []],
  ])('of %s are %j', (path, methods) => {
    expect(routes.methodsAt(path)).toEqual(methods);
  });
});
