import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountDesk, accountPath } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

let api: TestApi;
let desk: AccountDesk;
let before: string;

beforeAll(async () => {
  api = await TestApi.start();
  desk = await AccountDesk.open(api);
  before = await desk.state();
});
afterAll(async () => api.close());

const groupsPath = `${accountPath}/groups`;
const ada = { user: 'ada@example.com' };
const people = (count: number) => Array.from({ length: count }, (_, i) => ({ user: `p${i}@example.com` }));
const person = (said: object) => ({ administrators: [{ ...ada, ...said }] });

async function refused(text: string, status = 400): Promise<string> {
  const answer = await desk.admin.put(accountPath).type('json').send(text);
  expect([text.slice(0, 200), answer.status]).toEqual([text.slice(0, 200), status]);
  expect(answer.body.error.message).toEqual(expect.any(String));
  expect(await desk.state()).toBe(before);
  return answer.text;
}

describe('PUT /api/v1/owners/account refuses', () => {
  it.each([
    ['a name of another type', { accountName: 5 }],
    ['no name', { accountName: null }],
    ['an empty name', { accountName: ' \t ' }],
    ['too long a name', { accountName: 'x'.repeat(129) }],
    ['a name of two lines', { accountName: 'a\nb' }],
    ['a name nobody sees', { accountName: '\u200b' }],
    ['a name that turns what follows', { accountName: 'a\u202eb' }],
    ['administrators that are no list', { administrators: { 0: ada } }],
    ['administrators that are null', { administrators: null }],
    ['somebody who is no object', { administrators: ['ada@example.com'] }],
    ['somebody who is null', { administrators: [null] }],
    ['somebody without an address', { administrators: [{}] }],
    ['an address of another type', { administrators: [{ user: 1 }] }],
    ['an empty address', { administrators: [{ user: '  ' }] }],
    ['an address without @', { administrators: [{ user: 'ada' }] }],
    ['an address with a blank', { administrators: [{ user: 'a da@example.com' }] }],
    ['an address that is too long', { administrators: [{ user: `${'x'.repeat(320)}@example.com` }] }],
    ['an address with what is not seen', { administrators: [{ user: 'a\u200bda@example.com' }] }],
    ['an unknown attribute of somebody', person({ role: 'Administrator' })],
    ['a name that is a text', person({ name: 'Ada' })],
    ['a name with more in it', person({ name: { first: 'A', middle: 'B' } })],
    ['a first name of another type', person({ name: { first: 1 } })],
    ['too long a name of somebody', person({ name: { last: 'x'.repeat(121) } })],
    ['a number without its country', person({ phone: '0612345678' })],
    ['a number with blanks', person({ phone: '+61 000 000' })],
    ['a number that is one', person({ phone: 61 })],
    ['a zone that is none', person({ timezone: 'Sydney' })],
    ['an offset as a zone', person({ timezone: '+10:00' })],
    ['a zone of another type', person({ timezone: 10 })],
    ['a truth that is a text', person({ timezoneAdjustForDst: 'true' })],
    ['a format without a token', person({ timeFormat: '[now]' })],
    ['a format of another kind', person({ timeFormat: '%H:%M' })],
    ['groups that are no list', { groups: {} }],
    ['groups that are null', { groups: null }],
    ['a group that is a text', { groups: ['A'] }],
    ['a group without users', { groups: [{ name: 'A' }] }],
    ['users that are null', { groups: [{ name: 'A', users: null }] }],
    ['a group without a name', { groups: [{ users: [] }] }],
    ['an id of another type', { groups: [{ _id: 1, name: 'A', users: [] }] }],
    ['a name of a group of another type', { groups: [{ name: 1, users: [] }] }],
    ['an empty name of a group', { groups: [{ name: ' ', users: [] }] }],
    ['too long a name of a group', { groups: [{ name: 'x'.repeat(257), users: [] }] }],
    ['a name of a group that is not seen', { groups: [{ name: 'a\u00adb', users: [] }] }],
    ['an unknown attribute of a group', { groups: [{ name: 'A', users: [], members: [] }] }],
    ['an unknown attribute', { name: 'x' }],
    ['a list', []],
    ['501 administrators', { administrators: people(501) }],
    ['201 groups', { groups: Array.from({ length: 201 }, (_, i) => ({ name: `G${i}`, users: [] })) }],
    ['1001 users of a group', { groups: [{ name: 'A', users: people(1001) }] }],
  ])('%s', async (_, body) => {
    await refused(JSON.stringify(body));
  });

  it.each([
    '',
    'null',
    '5',
    '"x"',
    '{',
    '{"accountName":"a",}',
    '{"__proto__":{"isSystem":true}}',
    '{"administrators":[{"user":"a@example.com","__proto__":{"first":"x"}}]}',
    '{"constructor":{"prototype":{}}}',
    '{"groups":[{"name":"A","users":[],"toString":1}]}',
    '{"accountName":"\\u0000"}',
    '{"accountName":"\\ud800"}',
    '{"administrators":[{"user":"a\\u0000@example.com"}]}',
    '{"groups":[{"_id":"\\ud800","name":"A","users":[]}]}',
    `${'['.repeat(200)}${']'.repeat(200)}`,
  ])('the text %s', async (text) => {
    await refused(text);
  });

  it('what is no JSON by its type, and what is too large', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/merge-patch+json',
      'text/csv',
    ]) {
      const answer = await desk.admin.put(accountPath).type(type).send('{}');
      expect([type, answer.status]).toEqual([type, 415]);
    }
    const large = await desk.admin
      .put(accountPath)
      .type('json')
      .send(`{"accountName":"${'x'.repeat(9_000_000)}"}`);
    expect([large.status, large.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('whoever may not, before it looks at what he sends', async () => {
    for (const text of ['{', '{"slug":"x"}']) {
      const weak = await api.as('AUDITOR', desk.organization);
      await weak.put(accountPath).type('json').send(text).expect(403);
      await api.client().put(accountPath).type('json').send(text).expect(401);
    }
  });
});

describe('the most there may be', () => {
  it('of administrators is 500, of users of a group 1000', async () => {
    const other = await AccountDesk.open(api);
    const administrators = [{ user: 'boss@example.com' }, ...people(499)];
    const body = { administrators, groups: [{ name: 'All', users: people(1000) }] };
    const answer = await other.put(body);
    expect(answer.status).toBe(200);
    expect([answer.body.administrators.length, answer.body.groups[0].users.length]).toEqual([500, 1000]);
    await other.admin
      .put(`${groupsPath}/${answer.body.groups[0]._id}`)
      .send({ users: people(1001) })
      .expect(400);
    await other.admin
      .put(`${groupsPath}/${answer.body.groups[0]._id}`)
      .send({ users: people(1000) })
      .expect(200);
  });
});
