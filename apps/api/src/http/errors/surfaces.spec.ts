import { describe, expect, it } from 'vitest';
import { errorWriterFor, plainPath } from './surfaces.js';

describe('the error writer of a path', () => {
  it.each([
    ['/api/v1/owners', 'OwnersError'],
    ['/api/v1/owners/account/groups', 'OwnersError'],
    ['/api/v1/managed-organizations/1/token', 'OwnersError'],
    ['/accounts', 'AccountsError'],
    ['/accounts/1/enable', 'AccountsError'],
    ['/v3/accounts', 'AccountsError'],
    ['/v3/nowhere', 'AccountsError'],
    ['/v2024/identities', 'AccountsError'],
    ['/v2025/entitlements', 'AccountsError'],
    ['/beta/sources', 'AccountsError'],
    ['/api/v1/accounts/1', 'AccountsError'],
    ['/api/v1/task-status/1', 'AccountsError'],
    ['/task-status/1', 'AccountsError'],
    ['/identities-accounts/1/enable', 'AccountsError'],
    ['/api/v1/identities-accounts/enable', 'AccountsError'],
    ['/sources', 'AccountsError'],
    ['/api/v1/apps/1/connectors', 'ConnectorOwnersError'],
    ['/api/v2/apps/1/connectors/2/owners', 'ConnectorOwnersError'],
    ['/api/v1/users/1', 'ConnectorOwnersError'],
    ['/api/v1/search/users', 'ConnectorOwnersError'],
    ['/api/v1/auth/introspect', 'ConnectorOwnersError'],
    ['/oauth/token', 'OAuthError'],
    ['/auth/v1/token', 'OAuthError'],
    ['/api/v1/auth/login', 'DirectoryError'],
    ['/api/v1/directory/users', 'DirectoryError'],
    ['/api/v1/ownership', 'DirectoryError'],
    ['/accountsx', 'DirectoryError'],
    ['/', 'DirectoryError'],
    ['*', 'DirectoryError'],
  ])('writes %s as %s', (path, name) => {
    expect(errorWriterFor(path).name).toBe(name);
  });
});

describe('a request target as a plain path', () => {
  it.each([
    ['/accounts?filters=x', '/accounts'],
    ['/accounts#x', '/accounts'],
    ['/%61ccounts/1', '/accounts/1'],
    ['//accounts///1', '/accounts/1'],
    ['http://host:80/accounts?x', '/accounts'],
    ['/accounts/%zz', '/accounts/%zz'],
  ])('reads %s as %s', (target, path) => {
    expect(plainPath(target)).toBe(path);
  });
});
