import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, roles } from '@app/access';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';

let api: TestApi;
let admin: Client;
let feed: Feed;

const mapping = { login: 'nativeIdentity', mail: 'email', staff: 'attributes.staff', id: 'identityId' };
const byMail = { account: 'email', owner: 'email' };
const byStaff = { account: 'attributes.staff', owner: 'identityId' };
const byId = { account: 'identityId', owner: 'identityId' };

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
  admin = await api.as('Administrator');
  await api.organization.owner({ name: 'Ada', email: 'ada@example.com', identity_id: 'E1' });
  await api.organization.owner({ name: 'Bo', email: 'bo@example.com', identity_id: 'E2' });
  feed = await Feed.create(admin, 'Directory', { kind: 'delimited-file', mapping, correlationRules: [byMail] });
  await feed.sync('login,mail,staff,id\none,ada@example.com,E2,E1\ntwo,bo@example.com,E2,\nthree,,E1,\nfour,,,\n');
});
afterAll(() => api.close());

const dryRun = (body?: object, client = admin, path = feed.path) => {
  const request = client.post(`${path}/correlation-rules/dry-run`);
  return body === undefined ? request : request.send(body);
};
const trialOf = async (...correlationRules: object[]) => (await dryRun({ correlationRules }).expect(200)).body.dryRun;

const person = { id: expect.any(String) as string };

describe('POST .../correlation-rules/dry-run', () => {
  it('tells how many links other rules would make, change and release, with samples', async () => {
    expect(await trialOf(byStaff)).toEqual({
      connectorId: feed.connectorId,
      correlationRules: [byStaff],
      accounts: 4,
      kept: 0,
      wouldLink: 1,
      wouldChange: 1,
      wouldRelease: 0,
      unchanged: 2,
      ambiguous: 0,
      unmatched: 1,
      notes: [],
      samples: {
        kept: [],
        wouldLink: [
          {
            account: { ...person, name: 'three', nativeIdentity: 'three' },
            currentOwner: null,
            wouldBeOwner: { ...person, name: 'Ada' },
          },
        ],
        wouldChange: [
          {
            account: { ...person, name: 'one', nativeIdentity: 'one' },
            currentOwner: { ...person, name: 'Ada' },
            wouldBeOwner: { ...person, name: 'Bo' },
          },
        ],
        wouldRelease: [],
        ambiguous: [],
        unmatched: [
          {
            account: { ...person, name: 'four', nativeIdentity: 'four' },
            currentOwner: null,
            wouldBeOwner: null,
          },
        ],
      },
    });
  });

  it.each([
    ['no body', undefined],
    ['an empty body', {}],
    ['rules that are null', { correlationRules: null }],
  ])('tries the rules in force with %s, which change nothing', async (_what, body) => {
    const { dryRun: trial } = (await dryRun(body).expect(200)).body;
    expect(trial).toMatchObject({
      correlationRules: [byMail],
      wouldLink: 0,
      wouldChange: 0,
      wouldRelease: 0,
      unchanged: 4,
    });
  });

  it('foretells what the rules do once they are set, and sets none', async () => {
    const foretold = await trialOf(byStaff, byMail);
    expect(await feed.runs()).toHaveLength(1);
    const config = { kind: 'delimited-file', mapping, correlationRules: [byStaff, byMail] };
    await admin.post(feed.path).send({ connector: { config } }).expect(200);
    const run = await feed.finished();
    expect(run).toMatchObject({
      accountsLinked: foretold.wouldLink + foretold.wouldChange,
      accountsUnlinked: foretold.wouldChange + foretold.wouldRelease,
    });
    expect((await dryRun().expect(200)).body.dryRun).toMatchObject({ wouldLink: 0, wouldChange: 0, unchanged: 4 });
    await admin
      .post(feed.path)
      .send({ connector: { config: { ...config, correlationRules: [byMail] } } })
      .expect(200);
    await feed.finished();
  });

  it('says which rules can find nobody, since no column is read into what they compare', async () => {
    const { notes, unmatched } = await trialOf({ account: 'userPrincipalName', owner: 'email' });
    expect(notes).toEqual([
      'No column of the connector is mapped to userPrincipalName: a rule that compares it finds nobody.',
    ]);
    expect(unmatched).toBe(4);
  });

  it.each([
    ['rules that are no list', { correlationRules: {} }, 'correlationRules'],
    ['a rule that is none', { correlationRules: [null] }, 'correlationRules'],
    ['a text for a rule', { correlationRules: ['email'] }, 'correlationRules'],
    [
      'an unknown account field',
      { correlationRules: [{ account: 'x', owner: 'email' }] },
      'correlationRules[0].account',
    ],
    [
      'an unknown owner field',
      { correlationRules: [{ account: 'email', owner: 'name' }] },
      'correlationRules[0].owner',
    ],
    ['no owner field', { correlationRules: [{ account: 'email' }] }, 'owner'],
    ['a field of nobody', { correlationRules: [{ ...byMail, weight: 1 }] }, 'weight'],
    ['an unknown field', { rules: [byMail] }, 'rules'],
    ['too many rules', { correlationRules: Array.from({ length: 21 }, () => byMail) }, 'at most 20'],
    ['a field that is not kept', { correlationRules: [byMail, byId] }, 'correlationRules[1].account'],
  ])('refuses %s', async (_what, body, told) => {
    const { body: answer } = await dryRun(body).expect(400);
    expect(answer).toEqual({ code: 3, message: expect.stringContaining('.') });
    const isSentence = told.startsWith('correlationRules[1]') ? 'is not kept of accounts' : told;
    expect(answer.message).toContain(isSentence);
  });

  it('is no matter of a connector that says itself who people are', async () => {
    const hr = await Feed.create(admin, 'HR', {
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity', full: 'displayName' },
      authoritative: true,
      ownerMapping: { displayName: 'name' },
    });
    const { body } = await dryRun({ correlationRules: [byMail] }, admin, hr.path).expect(400);
    expect(body.message).toContain('go by no rules');
  });

  const writers: readonly Role[] = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN'];
  it.each(roles)('is for %s as other changes of connectors are', async (role) => {
    await dryRun({}, await api.as(role)).expect(writers.includes(role) ? 200 : 403);
  });

  it('knows no connector of another organization or application, whatever the body says', async () => {
    const other = await api.given.organization();
    const application = await other.application();
    const theirs = await other.connector(application);
    const own = await api.organization.application();
    for (const path of [
      `/api/v1/apps/${application.id}/connectors/${theirs.id}`,
      `/api/v1/apps/${own.id}/connectors/${feed.connectorId}`,
      `/api/v1/apps/${feed.applicationId}/connectors/${theirs.id}`,
      `/api/v1/apps/${feed.applicationId}/connectors/nonsense`,
    ]) {
      await dryRun({ correlationRules: 'nonsense' }, admin, path).expect(404);
    }
  });
});
