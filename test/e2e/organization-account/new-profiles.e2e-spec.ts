import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { AccountDesk, accountPath, emails, type Shown } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';
import { HeldTransaction } from '../../support/held-transaction.js';

let api: TestApi;
let desk: AccountDesk;

const publicUrl = 'https://id.example.com/base';
const goodPassword = 'orbit velvet quarry mango plinth';
const groupsPath = `${accountPath}/groups`;

beforeAll(async () => {
  api = await TestApi.start({ OSTIARY_PUBLIC_URL: publicUrl });
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await AccountDesk.open(api);
});

const newcomer = {
  user: 'new@company.com',
  name: { first: 'New', last: 'User' },
  phone: '+61000000001',
  timezone: 'Australia/Sydney',
  timezoneAdjustForDst: true,
  timeFormat: 'YYYY-MM-DD HH:mm:ss',
};

function tokenIn(url: string | undefined): string {
  const [, token = ''] = /#token=(osti_[A-Za-z0-9_-]{43})$/.exec(url ?? '') ?? [];
  return token;
}

function accept(token: string, userName = `guest ${newId()}`) {
  const names = { userName, displayName: 'A guest' };
  return api
    .client()
    .post('/api/v1/directory/invitations/accept')
    .send({ token, ...names, password: goodPassword });
}

async function users(): Promise<Record<string, unknown>[]> {
  return api.given.sql(
    `select user_name, email, display_name, first_name, last_name, phone, timezone, timezone_adjust_for_dst, time_format, active,
       invitation_pending, round(extract(epoch from invitation_expires_at - created_at) / 3600)::int as hours from app_user
      where organization_id = $1 and user_name_key not in ('boss', 'the owner') order by email_key`,
    [desk.organization.id],
  );
}

async function mails(): Promise<string[]> {
  const rows = await api.given.sql<{ mail: string }>(
    `select kind || ' ' || state || ' ' || recipient || ': ' || subject as mail from outgoing_mail
      where organization_id = $1 order by id`,
    [desk.organization.id],
  );
  return rows.map(({ mail }) => mail);
}

describe('whoever has an unknown address', () => {
  it('gets a profile of what is said of him, as the vendor’s example has it', async () => {
    await desk.trail.mark();
    const { body } = await desk.admin
      .put(`${accountPath}?attr=administrators`)
      .send({ administrators: [{ user: 'boss@example.com' }, newcomer] })
      .expect(200);
    expect(body).toEqual({
      administrators: [
        { user: 'boss@example.com' },
        {
          user: 'new@company.com',
          name: { first: 'New', last: 'User' },
          profileActivateUrl: expect.stringMatching(
            /^https:\/\/id\.example\.com\/base\/activate-profile#token=osti_[A-Za-z0-9_-]{43}$/,
          ),
        },
      ],
    });
    const profile = {
      display_name: 'New User',
      first_name: 'New',
      last_name: 'User',
      phone: '+61000000001',
      timezone: 'Australia/Sydney',
      timezone_adjust_for_dst: true,
      time_format: 'YYYY-MM-DD HH:mm:ss',
    };
    const names = { user_name: 'new@company.com', email: 'new@company.com' };
    const pending = { active: true, invitation_pending: true, hours: 168 };
    expect(await users()).toEqual([{ ...names, ...profile, ...pending }]);
    const after = {
      userName: 'new@company.com',
      displayName: 'New User',
      email: 'new@company.com',
      active: true,
      firstName: 'New',
      lastName: 'User',
      phone: '+61000000001',
      timezone: 'Australia/Sydney',
      timezoneAdjustForDst: true,
      timeFormat: 'YYYY-MM-DD HH:mm:ss',
    };
    expect(await desk.trail.told()).toEqual([
      ['user.invited', null, after],
      ['role.granted', null, { role: 'Administrator' }],
    ]);
  });

  it('is one user with one address to go to, wherever in the request he is named', async () => {
    const again = { user: ' NEW@Company.com ', phone: '+491' };
    const { body } = await desk.admin
      .put(accountPath)
      .send({
        administrators: [{ user: 'boss@example.com' }, { user: 'new@company.com', name: { first: 'New' } }],
        groups: [
          { name: 'A', users: [again, newcomer] },
          { name: 'B', users: [newcomer] },
        ],
      })
      .expect(200);
    const entries = [
      body.administrators[1],
      ...body.groups.flatMap((group: { users: Shown[] }) => group.users),
    ] as Shown[];
    expect(entries).toHaveLength(3);
    expect(new Set(entries.map(({ profileActivateUrl }) => tokenIn(profileActivateUrl))).size).toBe(1);
    // What was said of him first holds, attribute by attribute.
    expect(await users()).toMatchObject([
      { first_name: 'New', last_name: null, phone: '+491', timezone: 'Australia/Sydney' },
    ]);
  });

  it('is nobody who has his address for a user name, from before that was refused, and another address', async () => {
    const mallory = await desk.person('mallory', { user_name: 'new@company.com' });
    const wanted = { administrators: [{ user: 'boss@example.com' }, newcomer] };
    const before = await desk.state();
    expect((await desk.put(wanted)).status).toBe(409);
    expect(await desk.state()).toBe(before);
    await api.given.sql(`update app_user set user_name = 'm', user_name_key = 'm' where id = $1`, [mallory.id]);
    expect((await desk.put(wanted)).status).toBe(200);
    expect(await desk.administrators()).toEqual(['boss@example.com', 'new@company.com']);
  });

  it('cannot be stood in for by a guest who takes his address for a user name', async () => {
    const guest = { email: 'guest@example.com', userName: 'guest', displayName: 'Guest' };
    const { token } = (await desk.admin.post('/api/v1/directory/invitations').send(guest).expect(201)).body;
    await accept(token, 'new@company.com').expect(400);
    await accept(token, 'guest').expect(200);
    const { body } = await desk.put({ administrators: [{ user: 'boss@example.com' }, newcomer] });
    expect(body.administrators[1]).toMatchObject({ profileActivateUrl: expect.any(String) });
  });

  it('is told the way to his profile in that one answer alone', async () => {
    const body = {
      administrators: [{ user: 'boss@example.com' }, newcomer],
      groups: [{ name: 'A', users: [newcomer] }],
    };
    const first = await desk.put(body);
    const token = tokenIn(first.body.administrators[1].profileActivateUrl);
    for (const later of [
      await desk.put(body),
      await desk.admin.get(accountPath),
      await desk.put({ accountName: 'x' }),
    ]) {
      expect(later.status).toBe(200);
      expect(later.text).not.toContain('profileActivateUrl');
    }
    const [kept] = await api.given.sql<{ text: string }>(
      `select string_agg(i::text, ' ') as text from invitation i where organization_id = $1`,
      [desk.organization.id],
    );
    expect(kept!.text).not.toContain(token.slice(5));
    await accept(token).expect(200);
  });

  it('signs in while others change a list that names him', async () => {
    const { body } = await desk.put({ administrators: [...emails(['boss']), newcomer] });
    await accept(tokenIn(body.administrators[1].profileActivateUrl), 'busy newcomer').expect(200);
    const taken = `insert into user_group (organization_id, id, kind, name, name_key) values ($1, new_id(), 'org_group', 'Q', 'q')`;
    const held = await HeldTransaction.begin(api.database.ownerUrl, taken, [desk.organization.id]);
    const put = desk.put({
      groups: [
        { name: 'Q', users: emails(['boss']) },
        { name: 'R', users: [newcomer] },
      ],
    });
    const answered = put.then(({ status }) => status);
    await held.untilInTheWayOf(1);
    const login = {
      username: 'new@company.com',
      password: goodPassword,
      organization: await api.slugOf(desk.organization),
    };
    await api.client().post('/api/v1/auth/login').send(login).expect(200);
    await held.rollback();
    expect(await answered).toBe(200);
  });

  it.each(['user', 'key'] as const)(
    'invited by a %s signs in once he has accepted, with what he was given',
    async (kind) => {
      const by = kind === 'user' ? desk.admin : await desk.key();
      const { body } = await by
        .put(accountPath)
        .send({ administrators: [...emails(['boss']), newcomer] })
        .expect(200);
      await accept(tokenIn(body.administrators[1].profileActivateUrl), `newcomer ${kind}`).expect(200);
      await accept(tokenIn(body.administrators[1].profileActivateUrl)).expect(410);
      const login = {
        username: 'new@company.com',
        password: goodPassword,
        organization: await api.slugOf(desk.organization),
      };
      const { token } = (await api.client().post('/api/v1/auth/login').send(login).expect(200)).body;
      const shown = await api.client(token).get(`${accountPath}?attr=administrators`).expect(200);
      expect(shown.body.administrators[1]).toMatchObject({
        user: 'new@company.com',
        lastLoginTime: expect.any(String),
      });
    },
  );

  it.each([
    ['revoked', 'delete from api_key where id = $1'],
    ['run out', `update api_key set expires_at = now() - interval '1 second' where id = $1`],
    ['made weaker', `update api_key set permission = 'VIEW' where id = $1`],
  ])('cannot accept what a key gave that was %s', async (_, text) => {
    const key = await desk.key();
    const { body } = await key
      .put(accountPath)
      .send({ administrators: [...emails(['boss']), newcomer] })
      .expect(200);
    await api.given.sql(text, [key.keyId]);
    await accept(tokenIn(body.administrators[1].profileActivateUrl)).expect(410);
  });

  it('needs an address, though nothing else is known of him', async () => {
    const { body } = await desk.admin
      .post(groupsPath)
      .send([{ name: 'A', users: emails(['plain']) }])
      .expect(201);
    expect(body[0].users).toEqual([{ user: 'plain@example.com', profileActivateUrl: expect.any(String) }]);
    expect(await users()).toMatchObject([{ display_name: 'plain@example.com', first_name: null, time_format: null }]);
    const refused = await desk.admin
      .post(groupsPath)
      .send([{ name: 'B', users: [{ user: 'no address' }] }])
      .expect(400);
    expect(refused.body.error.details).toEqual([
      {
        field: '0.users.0.user',
        message: '0.users.0.user must be an e-mail address of at most 254 characters, all of them seen.',
      },
    ]);
  });

  it('becomes the owner with his address', async () => {
    const governed = await desk.organization.owner({ name: 'New', email: 'new@company.com' });
    await desk.admin
      .post(groupsPath)
      .send([{ name: 'A', users: [newcomer] }])
      .expect(201);
    const [row] = await api.given.sql<{ user_id: string | null }>('select user_id from owner where id = $1', [
      governed.id,
    ]);
    expect(row!.user_id).not.toBeNull();
  });

  it('who was invited before gets no other way: the first stays good', async () => {
    const first = await desk.admin
      .post(groupsPath)
      .send([{ name: 'A', users: [newcomer] }])
      .expect(201);
    const other = { ...newcomer, phone: '+4915', name: { first: 'Other' } };
    const { body } = await desk.put({ administrators: [...emails(['boss']), other] }, '?attr=administrators');
    expect(body.administrators[1]).toEqual({ user: 'new@company.com', name: { first: 'New', last: 'User' } });
    expect(await users()).toMatchObject([{ phone: '+61000000001' }]);
    await accept(tokenIn(first.body[0].users[0].profileActivateUrl)).expect(200);
  });

  it('is held to the rules of each attribute, and so is whoever is there already', async () => {
    for (const user of ['new@company.com', 'boss@example.com']) {
      for (const wrong of [{ phone: '0123' }, { timezone: 'Mars/Base' }, { timeFormat: '%Y' }, { name: 'New' }]) {
        const answer = await desk.put({ groups: [{ name: 'A', users: [{ user, ...wrong }] }] });
        expect([user, wrong, answer.status]).toEqual([user, wrong, 400]);
      }
    }
    expect(await users()).toEqual([]);
  });
});

describe('mail', () => {
  const put = (body: object, query: string) => desk.put(body, query);

  it.each(['', '?notify=FALSE', '?notify=false'])('is not written with "%s"', async (query) => {
    await desk.person('rod');
    await put({ administrators: [...emails(['rod']), newcomer] }, query);
    await desk.admin.post(`${groupsPath}${query}`).send([]);
    expect(await mails()).toEqual([]);
  });

  it.each(['TRUE', 'true', 'True'])(
    'goes with notify=%s to who was given or lost the role, and to who is new',
    async (word) => {
      await desk.person('rod');
      await put({ administrators: [...emails(['rod']), newcomer] }, `?notify=${word}`);
      const name = (await api.given.sql('select name from organization where id = $1', [desk.organization.id]))[0]!
        .name;
      expect((await mails()).toSorted()).toEqual([
        `administrator waiting boss@example.com: You are no Administrator of ${name} any more`,
        `administrator waiting rod@example.com: You are an Administrator of ${name}`,
        `invitation waiting new@company.com: Invitation to ${name}`,
      ]);
    },
  );

  it('goes to new users of groups too, and to nobody for being in one', async () => {
    await desk.person('rod');
    const users = [...emails(['rod']), newcomer];
    const { body } = await desk.admin
      .post(`${groupsPath}?notify=TRUE`)
      .send([{ name: 'A', users }])
      .expect(201);
    const more = [...users, ...emails(['another'])];
    await desk.admin.put(`${groupsPath}/${body[0]._id}?notify=TRUE`).send({ users: more }).expect(200);
    expect((await mails()).map((mail) => mail.split(':')[0])).toEqual([
      'invitation waiting new@company.com',
      'invitation waiting another@example.com',
    ]);
  });

  it('is not written by a request that is refused, nor to who is switched off or has no address', async () => {
    await desk.person('off', { active: false, inactive_reason: 'manual' });
    await desk.organization.user({ user_name: 'plain' });
    await put({ administrators: [...emails(['boss', 'off']), { user: 'plain' }] }, '?notify=TRUE');
    await put({ administrators: [...emails(['boss']), newcomer], groups: [{ users: [] }] }, '?notify=TRUE');
    expect(await mails()).toEqual([]);
  });

  it.each(['', 'yes', '1', 'TRUE,FALSE', 'TRUE&notify=TRUE'])('knows no notify=%s', async (word) => {
    for (const answer of [
      await put({}, `?notify=${word}`),
      await desk.admin.post(`${groupsPath}?notify=${word}`).send([{ name: 'A', users: [] }]),
      await desk.admin.put(`${groupsPath}/${newId()}?notify=${word}`).send({}),
    ]) {
      expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    }
  });
});

describe('the page where a profile is finished', () => {
  it('needs no token, runs its own script alone and asks the door that takes the token', async () => {
    const { headers, text } = await api.client().get('/activate-profile').expect(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/,
    );
    // Relative, so that it is found where the server stands behind a path.
    expect(text).toContain(`fetch('api/v1/directory/invitations/accept'`);
    expect(text).toContain('location.hash');
    expect(text).not.toMatch(/https?:\/\//);
  });
});

describe('an operator’s own page', () => {
  it('is where the profile is finished, if there is one', async () => {
    const other = await TestApi.start({ INVITATION_URL: 'https://portal.example.com/accept?t={token}' });
    try {
      const there = await AccountDesk.open(other);
      const { body } = await there.put({ administrators: [...emails(['boss']), newcomer] });
      expect(body.administrators[1].profileActivateUrl).toMatch(/^https:\/\/portal\.example\.com\/accept\?t=osti_/);
    } finally {
      await other.close();
    }
  });
});
