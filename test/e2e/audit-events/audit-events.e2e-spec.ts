import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization } from '../../support/given.js';

const path = '/api/v1/audit-events';

let api: TestApi;
let company: GivenOrganization;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  company = await api.given.organization();
  admin = await api.as('Administrator', company);
});

interface Event {
  readonly id: string;
  readonly at: string;
  readonly action: string;
}

const list = async (query = '') =>
  (await admin.get(`${path}?${query}`).expect(200)).body as { totalCount: number; data: Event[] };
/** Puts an event in place and says its id. */
async function given(columns: Record<string, unknown> = {}): Promise<string> {
  const id = newId();
  const common = {
    organization_id: company.id,
    id,
    action: 'thing.happened',
    subject_type: 'user',
    subject_id: newId(),
  };
  await api.given.insert('audit_event', {
    ...common,
    actor_type: 'user',
    actor_id: newId(),
    actor_name: 'Bo',
    ...columns,
  });
  return id;
}
const idsOf = ({ data }: { data: readonly Event[] }) => data.map(({ id }) => id);

describe('an event', () => {
  it('tells who did what to whom, with what was before and after', async () => {
    const user = await company.user();
    const { body } = await admin.post('/api/v1/role-assignments').send({ principalId: user.id, role: 'AUDITOR' });
    await admin.delete(`/api/v1/role-assignments/${body.id}`).expect(204);
    const actor = { type: 'user', id: admin.user.id, name: admin.user.name };
    const common = {
      id: expect.any(String),
      at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]{12}Z$/),
      actor,
      subject: { type: 'user', id: user.id },
      requestId: expect.any(String),
    };
    expect(await list(`filter[subjectId][EQ]=${user.id}`)).toEqual({
      totalCount: 2,
      data: [
        { ...common, action: 'role.revoked', before: { role: 'AUDITOR' } },
        { ...common, action: 'role.granted', after: { role: 'AUDITOR' } },
      ],
    });
  });

  it('carries the id of the request it was made in', async () => {
    const { headers } = await admin.post('/api/v1/apps').send({ displayName: 'Payroll' }).expect(200);
    const { data } = await list('filter[action][EQ]=application.created');
    expect(data).toEqual([expect.objectContaining({ requestId: headers['x-request-id'] })]);
  });

  it('names both when somebody acts for another, and is found by either', async () => {
    const target = await api.as('ORG_ADMIN', company);
    const { body } = await admin.post('/api/v1/auth/impersonate').send({ userId: target.user.id }).expect(200);
    await api.client(body.token).post('/api/v1/apps').send({ displayName: 'Payroll' }).expect(200);
    const made = {
      action: 'application.created',
      actor: { type: 'user', id: admin.user.id, name: admin.user.name },
      onBehalfOf: { id: target.user.id, name: target.user.name },
    };
    const found = await list(`filter[onBehalfOfId][EQ]=${target.user.id}`);
    expect(found).toMatchObject({ totalCount: 1, data: [made] });
    expect((await list(`filter[actorId][EQ]=${admin.user.id}`)).data[0]).toMatchObject(made);
    expect(await list(`filter[actorId][EQ]=${target.user.id}`)).toEqual({ totalCount: 0, data: [] });
  });

  it('of the server itself has no actor id and no request', async () => {
    await given({ actor_type: 'system', actor_id: null, actor_name: 'first start' });
    expect((await list()).data[0]).toMatchObject({
      actor: { type: 'system', id: null, name: 'first start' },
      requestId: null,
    });
  });
});

describe('the list', () => {
  it('is newest first, by pages of fifty, with the number of all', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 60; i++) ids.unshift(await given({ at: new Date(Date.UTC(2026, 0, 1, 0, i)) }));
    const first = await list();
    expect(first.totalCount).toBe(60);
    expect(idsOf(first)).toEqual(ids.slice(0, 50));
    expect(idsOf(await list('page[offset]=50'))).toEqual(ids.slice(50));
    expect(idsOf(await list('page[offset]=7&page[limit]=3'))).toEqual(ids.slice(7, 10));
    expect(idsOf(await list('page[limit]=1000'))).toEqual(ids);
    expect(await list('page[offset]=100000')).toEqual({ totalCount: 60, data: [] });
  });

  it('has an order among events of one moment, the same on every page', async () => {
    const at = new Date();
    const ids = [await given({ at }), await given({ at }), await given({ at })].toSorted().toReversed();
    expect(idsOf(await list())).toEqual(ids);
    expect(idsOf(await list('page[offset]=1&page[limit]=1'))).toEqual([ids[1]]);
  });

  it('goes on through months, prepared or not', async () => {
    const months = [-30, -2, 0, 2, 30].map((ahead) => new Date(Date.UTC(2026, 10 + ahead, 15)));
    const ids: string[] = [];
    for (const at of months) ids.unshift(await given({ at }));
    expect(idsOf(await list())).toEqual(ids);
  });

  it('finds by actor and by action what people did and what runs did', async () => {
    const [person, run] = [newId(), newId()];
    const bySomebody = await given({ actor_id: person, action: 'account.updated', at: new Date('2026-01-02') });
    const another = await given({ actor_id: person, action: 'account.removed', at: new Date('2026-01-03') });
    const ofRun = { actor_type: 'sync', actor_id: run, actor_name: 'Sync of HR' };
    const byRun = [
      await given({ ...ofRun, action: 'account.updated', at: new Date('2026-01-01') }),
      await given({ ...ofRun, action: 'account.updated', at: new Date('2026-01-04') }),
    ];
    const found = async (query: string) => idsOf(await list(query));
    expect(await found(`filter[actorId][EQ]=${person}`)).toEqual([another, bySomebody]);
    expect(await found(`filter[actorId][EQ]=${run.toUpperCase()}`)).toEqual([byRun[1], byRun[0]]);
    expect(await found('filter[action][EQ]=account.updated')).toEqual([byRun[1], bySomebody, byRun[0]]);
    expect(await found('filter[action][EQ]=account.updated&page[offset]=1&page[limit]=1')).toEqual([bySomebody]);
    expect(await found(`filter[action][EQ]=account.updated&filter[actorId][EQ]=${person}`)).toEqual([bySomebody]);
    expect((await list('filter[action][EQ]=account.updated')).totalCount).toBe(3);
    expect(await found('filter[action][EQ]=account.Updated')).toEqual([]);
  });

  it('finds by subject, with and without its type', async () => {
    const subject = newId();
    const ofGroup = await given({ subject_type: 'group', subject_id: subject });
    await given({ subject_type: 'group' });
    await given({ subject_type: 'owner' });
    expect(idsOf(await list(`filter[subjectId][EQ]=${subject}`))).toEqual([ofGroup]);
    expect(idsOf(await list(`filter[subjectId][EQ]=${subject}&filter[subjectType][EQ]=group`))).toEqual([ofGroup]);
    expect(await list(`filter[subjectId][EQ]=${subject}&filter[subjectType][EQ]=user`)).toMatchObject({
      totalCount: 0,
    });
    expect(await list('filter[subjectType][EQ]=group')).toMatchObject({ totalCount: 2 });
  });

  it('finds by time, both ends left out, in any zone', async () => {
    const [first, second, third] = ['10:00:00.000Z', '10:00:00.001Z', '10:00:00.002Z'].map(
      (time) => `2026-03-01T${time}`,
    );
    const ids = [];
    for (const at of [first, second, third]) ids.push(await given({ at }));
    const found = async (...query: string[]) => idsOf(await list(query.join('&')));
    expect(await found(`filter[at][GT]=${first}`)).toEqual([ids[2], ids[1]]);
    expect(await found(`filter[at][LT]=${third}`)).toEqual([ids[1], ids[0]]);
    expect(await found(`filter[at][GT]=${first}`, `filter[at][LT]=${third}`)).toEqual([ids[1]]);
    expect(await found('filter[at][LT]=2026-03-01T12:00:00.001%2B02:00')).toEqual([ids[0]]);
    const [row] = (await list()).data;
    expect(await found(`filter[at][GT]=${row!.at}`)).toEqual([]);
  });

  it.each([
    ['filter[subjectId][EQ]', 'x'],
    ['filter[subjectId][EQ]', ''],
    ['filter[actorId][EQ]', 'me'],
    ['filter[onBehalfOfId][EQ]', '1'],
    ['filter[subjectType][EQ]', 'User'],
    ['filter[subjectType][EQ]', 'toString'],
    ['filter[action][EQ]', 'role'],
    ['filter[action][EQ]', 'role.%25'],
    ['filter[at][GT]', '2026-01-01'],
    ['filter[at][GT]', '2026-02-30T00:00:00Z'],
    ['filter[at][LT]', 'infinity'],
    ['filter[at][LT]', '300000-01-01T00:00:00Z'],
    ['filter[action][SW]', 'role.'],
    ['filter[at][EQ]', '2026-01-01T00:00:00Z'],
    ['filter[__proto__][EQ]', 'x'],
    ['filter[subject]', newId()],
    ['subject', newId()],
    ['page[limit]', '0'],
    ['page[limit]', '1001'],
    ['page[offset]', '100001'],
    ['page[offset]', '-1'],
  ])('is refused for %s=%s, by its name', async (field, value) => {
    const { body } = await admin.get(`${path}?${field}=${value}`).expect(400);
    expect(body).toEqual({
      error: expect.any(String),
      code: 'invalid',
      details: [{ field, message: expect.any(String) }],
    });
  });

  it('is refused when a filter is given twice', async () => {
    const field = 'filter[action][EQ]';
    const { body } = await admin.get(`${path}?${field}=a.b&${field}=c.d`).expect(400);
    expect(body.details).toEqual([{ field, message: `${field} must be given once.` }]);
  });

  it.each(['SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK'] as const)('is closed to %s', async (role) => {
    await (await api.as(role, company)).get(path).expect(403);
  });

  it('records nothing of those who only read it', async () => {
    await given();
    await list();
    expect((await list()).totalCount).toBe(1);
  });
});
