import type { OpenAPIObject } from '@nestjs/swagger';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../../test/support/http/test-server.js';
import { ThingsModule } from '../../../../test/support/http/things.module.js';

let started: TestServer;
let document: OpenAPIObject;
beforeAll(async () => {
  started = await startTestServer(ThingsModule);
  document = (await supertest(started.server).get('/openapi.json').expect(200)).body as OpenAPIObject;
});
afterAll(() => started.app.close());

describe('the document', () => {
  it('shows a controller of the accounts surface at /accounts and /v3 only', () => {
    const paths = Object.keys(document.paths);
    expect(paths).toEqual(expect.arrayContaining(['/accounts/{id}', '/v3/accounts/{id}', '/api/v1/owners/{id}']));
    expect(paths.filter((path) => path.startsWith('/v2024'))).toEqual([]);
  });

  it('says who may call, from the policy table', () => {
    expect(document.paths['/accounts']?.get).toMatchObject({
      'x-required-permission': 'owners:list',
      'x-roles': ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR'],
      security: [{ bearer: [] }, { apiKey: [] }],
      description: expect.stringContaining('Permission `owners:list`. Roles: Administrator, ORG_ADMIN') as string,
    });
    expect(document.paths['/accounts/{id}']?.get?.description).toContain('any user for the own record');
  });

  it('says where no token is needed', () => {
    const open = document.paths['/accounts/form']?.post;
    expect(open?.security).toEqual([]);
    expect(open).not.toHaveProperty('x-roles');
    expect(open?.responses).not.toHaveProperty('401');
  });

  it.each([
    ['/api/v1/owners', '403', 'OwnersError'],
    ['/accounts', '403', 'AccountsError'],
    ['/accounts', '401', 'AccountsError401'],
    ['/v3/accounts', '429', 'AccountsError429'],
    ['/api/v1/apps', '404', 'ConnectorOwnersError'],
    ['/auth/v1', '400', 'OAuthError'],
    ['/api/v1/directory/users', '500', 'DirectoryError'],
  ])('gives %s a %s in the shape of its surface', (path, status, name) => {
    expect(document.paths[path]?.get?.responses[status]).toHaveProperty(
      ['content', 'application/json', 'schema', '$ref'],
      `#/components/schemas/${name}`,
    );
    expect(document.components?.schemas).toHaveProperty(name);
  });

  it('has an id of its own for every operation, which is a name in any client', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      [item.get, item.post, item.put, item.patch, item.delete].flatMap((operation) => operation?.operationId ?? []),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[A-Za-z]\w*$/.test(id))).toEqual([]);
  });
});

describe('the page to try it', () => {
  it('needs no token and runs scripts of this server only', async () => {
    const page = await supertest(started.server).get('/docs').expect(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.text).not.toMatch(/<script>/);
    await supertest(started.server).get('/docs/swagger-ui-bundle.js').expect(200);
    await supertest(started.server).get('/docs/swagger-ui-init.js').expect(200);
  });

  it.each(['/docs/nope', '/docs/..%2f..%2fpackage.json', '/docs/%00', '/docs/LICENSE'])(
    'serves no %s',
    async (path) => {
      const { status } = await supertest(started.server).get(path);
      expect([400, 403, 404]).toContain(status);
    },
  );
});
