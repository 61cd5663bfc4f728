import type { OpenAPIObject } from '@nestjs/swagger';
import type { PipeTransform } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidError } from '@app/kernel';
import {
  accountChanges,
  groupChanges,
  managedOrganizationChanges,
  newGroups,
  newManagedOrganization,
} from '../../../apps/api/src/surfaces/organization-account/account.bodies.js';
import { TestApi } from '../../support/api.js';
import { type BodySchema, withForeign } from '../../support/foreign-fields.js';
import { sampleOrganization } from '../../support/sample-organization.js';
import { type Desk, validRequest } from '../../support/valid-requests.js';

let api: TestApi;
let desk: Desk;
let document: OpenAPIObject;
let names: string[];
let found: Set<string>;

const tables =
  `organization organization_category app_user credential user_group membership former_membership role_assignment
  invitation outgoing_mail audit_event api_key owner`.split(/\s+/);
const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

beforeAll(async () => {
  api = await TestApi.start();
  desk = { api, sample: await sampleOrganization(api, api.organization), admin: await api.as('Administrator') };
  document = (await api.client().get('/openapi.json')).body;
  const columns = await api.given.sql<{ table: string; name: string }>(
    `select table_name as table, column_name as name from information_schema.columns
      where table_schema = 'public' and table_name = any($1)`,
    [tables],
  );
  found = new Set(columns.map(({ table }) => table));
  names = [...new Set(columns.flatMap(({ name }) => [name, `_${name}`, camel(name)]))];
});
afterAll(async () => api.close());

it('every table behind the account is looked at', () => {
  expect(found).toEqual(new Set(tables));
});

function schemaOf(route: string): BodySchema {
  const [method = '', path = ''] = route.split(' ');
  const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')] as Record<string, unknown>;
  const { requestBody } = item[method.toLowerCase()] as {
    requestBody: { content: Record<string, { schema: BodySchema }> };
  };
  return requestBody.content['application/json']!.schema;
}

const pipes: Readonly<Record<string, PipeTransform>> = {
  'PUT /api/v1/owners/account': accountChanges,
  'POST /api/v1/owners/account/groups': newGroups,
  'PUT /api/v1/owners/account/groups/:id': groupChanges,
  'POST /api/v1/managed-organizations': newManagedOrganization,
  'PATCH /api/v1/managed-organizations/:id': managedOrganizationChanges,
};

function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidError) return error.message;
    throw error;
  }
  return 'it was taken';
}

// What is read is asked itself: some thousand requests would say no more, and that the routes read so, all writing routes show.
describe.each(Object.entries(pipes))('the body of %s', (route, pipe) => {
  it('has no field that is called like a column of a table behind it, unless it is published', async () => {
    const { json, operations } = await validRequest(route, desk);
    const body = operations ?? json!;
    const read = (sent: unknown) => pipe.transform(sent, { type: 'body' });
    expect(refusalOf(() => read(body))).toBe('it was taken');
    const added = Object.fromEntries(names.map((name) => [name, null]));
    const planted = withForeign(body, schemaOf(route), document, { added }).filter(({ readOnly }) => !readOnly);
    expect(planted.length).toBeGreaterThan(200);
    for (const { field, at, body: sent } of planted) {
      const told = refusalOf(() => read(sent));
      expect([at, told]).toEqual([at, expect.stringMatching(`(, not ${field}\\.|^${field} cannot be changed\\.)$`)]);
    }
  });
});
