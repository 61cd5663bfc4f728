import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { JobQueue } from '@app/jobs';
import { newId } from '@app/kernel';
import { systemStatement } from '@app/persistence';
import { SecretBox } from '@app/secrets';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { Delivery, DeliveryError, type Letter } from './delivery.js';
import { MailSender } from './mail-sender.js';
import { MailTidying } from './mail-tidying.js';
import { type MailToSend, OutgoingMail, sendMail } from './outgoing-mail.js';

const text = 'the text with its canary token';
const daysFromNow = (days: number) => new Date(Date.now() + days * 86_400_000);
const box = new SecretBox(Buffer.alloc(32, 5));

/** The outside world: takes what it is given, or answers as it is told. */
class World extends Delivery {
  readonly taken: Letter[] = [];
  answer: () => Promise<void> = async () => undefined;

  override async deliver(letter: Letter): Promise<'sent'> {
    await this.answer();
    this.taken.push(letter);
    return 'sent';
  }
}

let bed: TestBed;
let company: GivenOrganization;
let user: Row;
let queue: JobQueue;
let world: World;
let sender: MailSender;

beforeAll(async () => {
  Logger.overrideLogger(false);
  bed = await openTestBed(productEntities);
  queue = new JobQueue(bed.database, { mode: 'enqueue', jobs: [sendMail] });
  await queue.onApplicationBootstrap();
});
afterAll(async () => {
  await queue.beforeApplicationShutdown();
  await bed.close();
});
beforeEach(async () => {
  company = await bed.given.organization();
  user = await company.user({ email: `ada@${company.id}.example`, invitation_pending: true });
  world = new World();
  sender = new MailSender(bed.database, queue, box, world);
});

const outgoing = () => new OutgoingMail(queue, box);
const inOrganization = <T>(work: Parameters<typeof bed.database.inTransaction<T>>[1]) =>
  bed.database.inTransaction(serverCaller(company.id, 'system', 'test', null), work);

interface StoredMail {
  readonly id: string;
  readonly state: string;
  readonly sealed_text: string | null;
  readonly attempts: number;
  readonly last_error: string | null;
}
const stored = () => bed.given.sql<StoredMail>('select * from outgoing_mail where organization_id = $1', [company.id]);
const jobOf = systemStatement<{ data: object; retry_limit: number; minutes: number }>(
  undefined,
  `select data, retry_limit, round(extract(epoch from start_after - created_on) / 60)::int as minutes
     from pgboss.job where name = 'mail.send' and data ->> 'mailId' = $1 order by created_on`,
);
const jobsFor = ({ mailId }: MailToSend) => bed.database.asSystem('test', (system) => system.query(jobOf, [mailId]));
const begin = systemStatement<object>(
  undefined,
  `update pgboss.job set state = 'active' where name = 'mail.send' and state < 'active' and data ->> 'mailId' = $1 returning id`,
);
/** The queue has given out what waits of it. */
const begun = ({ mailId }: MailToSend) => bed.database.asSystem('test', (system) => system.query(begin, [mailId]));
const only = async () => (await stored())[0]!;

async function written(changes: object = {}): Promise<MailToSend> {
  const mail = {
    kind: 'invitation',
    userId: user.id,
    to: String(user['email']),
    subject: 'Invitation\r\nX: y',
  } as const;
  await inOrganization((tx) =>
    outgoing().send(tx, { ...mail, text, validUntil: daysFromNow(1).toISOString(), ...changes }),
  );
  const mails = await stored();
  return { organizationId: company.id, mailId: mails.at(-1)!.id };
}
let tried = { jobId: newId(), last: false };
beforeEach(() => {
  tried = { jobId: newId(), last: false };
});
const refuse = (permanent: boolean) => {
  world.answer = () => Promise.reject(new DeliveryError('not today', permanent));
};

describe('mail on its way', () => {
  it('is in the database sealed, and in the queue as two ids', async () => {
    const mail = await written();
    expect(await only()).toMatchObject({ state: 'waiting', subject: 'Invitation X: y', recipient: user['email'] });
    expect(await jobsFor(mail)).toEqual([{ data: mail, retry_limit: 24, minutes: 0 }]);
    expect(JSON.stringify([await only(), await jobsFor(mail)])).not.toContain('canary');
  });

  it('does not exist when the transaction of its cause is undone', async () => {
    const undone = inOrganization(async (tx) => {
      const mail = { kind: 'invitation', userId: user.id, to: 'a@b.test', subject: 's', text } as const;
      await outgoing().send(tx, { ...mail, validUntil: daysFromNow(1).toISOString() });
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await stored()).toEqual([]);
  });

  it('is sent once, whoever takes the job how often, and its text is erased', async () => {
    const mail = await written();
    await sender.send(mail, tried);
    await sender.send(mail, tried);
    expect(world.taken).toEqual([{ id: mail.mailId, to: user['email'], subject: 'Invitation X: y', text }]);
    expect(await only()).toMatchObject({ state: 'sent', sealed_text: null, attempts: 1, last_error: null });
  });

  it('waits, with its text and the reason, while it is to be tried again', async () => {
    const mail = await written();
    refuse(false);
    await expect(sender.send(mail, tried)).rejects.toThrow('not today');
    const waiting = await only();
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 1, last_error: 'not today' });
    expect(waiting.sealed_text).not.toBeNull();
    world.answer = async () => undefined;
    await sender.send(mail, tried);
    expect(await only()).toMatchObject({ state: 'sent', sealed_text: null, attempts: 2, last_error: null });
  });

  it.each([
    ['at its last try', false, true],
    ['at once when another would end the same way', true, false],
  ])('fails %s, keeps the reason and not the text', async (_, permanent, last) => {
    const mail = await written();
    refuse(permanent);
    await sender.send(mail, { ...tried, last });
    expect(await only()).toMatchObject({ state: 'failed', sealed_text: null, last_error: 'not today' });
    world.answer = async () => undefined;
    await sender.send(mail, tried);
    expect(world.taken).toEqual([]);
  });

  it('is left as it is by an error of our own', async () => {
    const mail = await written();
    world.answer = () => Promise.reject(new Error('a bug'));
    await expect(sender.send(mail, { ...tried, last: true })).rejects.toThrow('a bug');
    expect(await only()).toMatchObject({ state: 'waiting', last_error: null });
  });

  it('is not sent when what it says is no longer true', async () => {
    const mail = await written({ validUntil: daysFromNow(-1).toISOString() });
    await sender.send(mail, tried);
    expect(world.taken).toEqual([]);
    expect(await only()).toMatchObject({ state: 'failed', sealed_text: null });
  });

  it('waits for the right key when it was sealed with another', async () => {
    const mail = await written();
    const elsewhere = new MailSender(bed.database, queue, new SecretBox(Buffer.alloc(32, 6)), world);
    await expect(elsewhere.send(mail, tried)).rejects.toThrow(/another server key/);
    await sender.send(mail, tried);
    expect(await only()).toMatchObject({ state: 'sent' });
  });

  it('is never sent once it is withdrawn, nor is its text kept; what others get is', async () => {
    const mail = await written();
    const other = await company.user({ email: 'bo@example.com', invitation_pending: true });
    const others = await written({ userId: other.id, to: 'bo@example.com' });
    await inOrganization((tx) => outgoing().withdraw(tx, 'invitation', [user.id]));
    await sender.send(mail, tried);
    await sender.send(others, tried);
    expect(world.taken.map(({ to }) => to)).toEqual(['bo@example.com']);
    const rows = await stored();
    expect(rows.find(({ id }) => id === mail.mailId)).toMatchObject({ state: 'withdrawn', sealed_text: null });
    expect(rows.find(({ id }) => id === others.mailId)).toMatchObject({ state: 'sent' });
  });

  it('that was withdrawn while the mail server took it says that it was sent', async () => {
    const mail = await written();
    world.answer = () => inOrganization((tx) => outgoing().withdraw(tx, 'invitation', [user.id]));
    await sender.send(mail, tried);
    expect(await only()).toMatchObject({ state: 'sent' });
  });

  it('stays withdrawn when the mail server did not take it meanwhile', async () => {
    const mail = await written();
    world.answer = async () => {
      await inOrganization((tx) => outgoing().withdraw(tx, 'invitation', [user.id]));
      throw new DeliveryError('not today', true);
    };
    await sender.send(mail, tried);
    expect(await only()).toMatchObject({ state: 'withdrawn' });
  });

  it.each([
    ['has accepted', 'invitation_pending = false'],
    ['is deleted', 'deleted_at = now()'],
    ['has another address', `email = 'eve@example.com', email_key = 'eve@example.com'`],
    ['has no address', 'email = null, email_key = null'],
  ])('is withdrawn in place of sent when the guest %s', async (_, change) => {
    const mail = await written();
    await bed.given.sql(`update app_user set ${change} where id = $1`, [user.id]);
    await sender.send(mail, tried);
    await sender.send(mail, tried);
    expect(world.taken).toEqual([]);
    expect(await only()).toMatchObject({ state: 'withdrawn', sealed_text: null, attempts: 0 });
  });

  describe.each([
    [
      'guest',
      `app_user set active = false, inactive_reason = 'manual'`,
      'app_user set active = true, inactive_reason = null',
    ],
    ['organization', `organization set account_type = 'DISABLED'`, `organization set account_type = 'STANDARD'`],
  ])('to somebody whose %s is switched off', (kind, off, on) => {
    const change = (text: string) =>
      bed.given.sql(`update ${text} where id = $1`, [kind === 'guest' ? user.id : company.id]);

    it.each([false, true])(
      'waits until that is over with a job that begins anew, though it is the last try: %s',
      async (last) => {
        const mail = await written();
        await begun(mail);
        await change(off);
        await sender.send(mail, { ...tried, last });
        expect(world.taken).toEqual([]);
        expect(await only()).toMatchObject({ state: 'waiting', last_error: expect.stringContaining('switched off') });
        const fresh = { data: mail, retry_limit: 24 };
        expect(await jobsFor(mail)).toEqual([
          { ...fresh, minutes: 0 },
          { ...fresh, minutes: 15 },
        ]);
        await change(on);
        await sender.send(mail, tried);
        expect(world.taken).toHaveLength(1);
        expect(await only()).toMatchObject({ state: 'sent', last_error: null });
      },
    );

    it('waits with one job, however often its job is done and though it is done twice at once', async () => {
      const mail = await written();
      await begun(mail);
      await change(off);
      await Promise.all([sender.send(mail, tried), sender.send(mail, tried)]);
      await sender.send(mail, tried);
      expect(await jobsFor(mail)).toHaveLength(2);
      const next = { ...tried, jobId: newId() };
      await sender.send(mail, next);
      expect(await jobsFor(mail)).toHaveLength(3);
      await sender.send(mail, tried);
      await sender.send(mail, next);
      expect(await jobsFor(mail)).toHaveLength(3);
    });

    it('is given up with what it says, and withdrawn as any other', async () => {
      const late = await written({ validUntil: daysFromNow(-1).toISOString() });
      const replaced = await written();
      await change(off);
      await sender.send(late, tried);
      await inOrganization((tx) => outgoing().withdraw(tx, 'invitation', [user.id]));
      await sender.send(replaced, tried);
      await change(on);
      for (const mail of [late, replaced]) {
        await sender.send(mail, tried);
        expect(await jobsFor(mail)).toHaveLength(1);
      }
      expect(world.taken).toEqual([]);
      expect((await stored()).map(({ state }) => state).toSorted()).toEqual(['failed', 'withdrawn']);
    });
  });

  it.each(['invitation', 'connector', 'administrator'])(
    'is not sent for a suspended organization as %s',
    async (kind) => {
      const mail = await written({ kind });
      const account = (type: string) =>
        bed.given.sql('update organization set account_type = $2 where id = $1', [company.id, type]);
      await account('DISABLED');
      await sender.send(mail, { ...tried, last: true });
      expect(world.taken).toEqual([]);
      await account('MANAGED');
      await sender.send(mail, tried);
      expect(world.taken).toHaveLength(1);
    },
  );

  it('is nobody’s work once its user is erased, nor in another organization', async () => {
    const mail = await written();
    const stranger = await bed.given.organization();
    await sender.send({ organizationId: stranger.id, mailId: mail.mailId }, tried);
    await bed.given.sql('delete from app_user where id = $1', [user.id]);
    expect(await stored()).toEqual([]);
    await sender.send(mail, tried);
    expect(world.taken).toEqual([]);
  });
});

describe('mail that grows old', () => {
  const insert = (columns: object) =>
    bed.given.insert('outgoing_mail', {
      organization_id: company.id,
      id: newId(),
      user_id: user.id,
      kind: 'invitation',
      recipient: 'a@b.test',
      subject: 's',
      valid_until: daysFromNow(1),
      ...columns,
    });

  it('is given up when its time has passed, and forgotten three months after its end', async () => {
    await insert({ subject: 'waits', sealed_text: 'x' });
    await insert({ subject: 'late', sealed_text: 'x', valid_until: daysFromNow(-1), last_error: 'nobody there' });
    await insert({ subject: 'never tried', sealed_text: 'x', valid_until: daysFromNow(-1) });
    await insert({ subject: 'old', state: 'sent', settled_at: daysFromNow(-91) });
    await insert({ subject: 'done', state: 'sent', settled_at: daysFromNow(-89) });
    await new MailTidying(bed.database).tidy();
    const rows = await bed.given.sql(
      `select subject, state, sealed_text is null as erased, last_error from outgoing_mail
        where organization_id = $1 order by subject`,
      [company.id],
    );
    expect(rows).toEqual([
      { subject: 'done', state: 'sent', erased: true, last_error: null },
      { subject: 'late', state: 'failed', erased: true, last_error: 'nobody there' },
      { subject: 'never tried', state: 'failed', erased: true, last_error: expect.stringContaining('no longer true') },
      { subject: 'waits', state: 'waiting', erased: false, last_error: null },
    ]);
  });

  it.each([
    ['text that is kept after it was sent', { state: 'sent', settled_at: new Date(), sealed_text: 'x' }],
    ['one that waits for nothing', { state: 'waiting', sealed_text: null }],
    ['an end without a time', { state: 'failed', sealed_text: null }],
  ])('cannot be %s', async (_, columns) => {
    await expect(insert(columns)).rejects.toThrow(/violates check constraint/);
  });
});
