import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, serverCaller } from '@app/access';
import { newId } from '@app/kernel';
import { statement, systemStatement, type Transaction } from '@app/persistence';
import type { GivenOrganization } from '../../../test/support/given.js';
import { Application, productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { auditInsert, AuditTrail } from './audit-trail.js';

const trail = new AuditTrail();
let bed: TestBed;
let server: Client;
let company: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
  server = new Client({ connectionString: bed.file.serverUrl });
  await server.connect();
});
afterAll(async () => {
  await server.end();
  await bed.close();
});
beforeEach(async () => {
  company = await bed.given.organization();
});

const caller = (): Caller => ({
  organizationId: company.id,
  actor: { type: 'user', id: newId(), name: 'Zoë "Z"' },
  requestId: 'request 1',
});
const rename = async (tx: Transaction) => {
  const application = Application.named(company.id, 'Payroll');
  tx.em.persist(application);
  const [before, after] = [{ name: 'Old' }, { name: 'Payroll', share: 1.5 }];
  await trail.record(tx, {
    action: 'application.updated',
    subjectType: 'application',
    subjectId: application.id,
    before,
    after,
  });
  return application.id;
};
const events = () => bed.given.sql('select * from audit_event where organization_id = $1 order by id', [company.id]);

describe('an event', () => {
  it('names both when somebody acts for another', async () => {
    const onBehalfOf = { id: newId(), name: 'Bo' };
    const who = { ...caller(), onBehalfOf };
    await bed.database.inTransaction(who, rename);
    const both = { actor_id: who.actor.id, on_behalf_of_id: onBehalfOf.id, on_behalf_of_name: 'Bo' };
    expect(await events()).toEqual([expect.objectContaining(both)]);
  });

  it('is written in the transaction of its change, with who did what to whom', async () => {
    const who = caller();
    const id = await bed.database.inTransaction(who, rename);
    expect(await events()).toEqual([
      expect.objectContaining({
        action: 'application.updated',
        actor_type: 'user',
        actor_id: who.actor.id,
        actor_name: 'Zoë "Z"',
        on_behalf_of_id: null,
        subject_type: 'application',
        subject_id: id,
        before: { name: 'Old' },
        after: { name: 'Payroll', share: 1.5 },
        request_id: 'request 1',
      }),
    ]);
  });

  it('comes after those written before it, also in the same millisecond', async () => {
    const subjects = Array.from({ length: 100 }, () => newId());
    await bed.database.inTransaction(caller(), async (tx) => {
      for (const subjectId of subjects) {
        await trail.record(tx, { action: 'owner.updated', subjectType: 'owner', subjectId });
      }
    });
    const written = await bed.given.sql<{ id: string; subject_id: string }>(
      'select id, subject_id from audit_event where organization_id = $1 order by at, id',
      [company.id],
    );
    expect(written.map(({ subject_id }) => subject_id)).toEqual(subjects);
    for (const { id } of written)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const made = written.map(({ id }) => Number.parseInt(id.replace('-', '').slice(0, 12), 16));
    expect(Math.abs(Date.now() - made[0]!)).toBeLessThan(60_000);
  });

  it('does not outlive a change that is undone', async () => {
    const undone = bed.database.inTransaction(caller(), async (tx) => {
      await rename(tx);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await events()).toEqual([]);
  });

  it('undoes its change when it cannot be written', async () => {
    const nameless = bed.database.inTransaction(caller(), async (tx) => {
      const id = await rename(tx);
      await trail.record(tx, { action: 'no verb', subjectType: 'application', subjectId: id });
    });
    await expect(nameless).rejects.toThrow(/audit_event_action_is_noun_and_verb/);
    expect(await bed.given.sql('select from application where organization_id = $1', [company.id])).toEqual([]);
  });

  it('is written for each row of a statement over sets', async () => {
    const [one, two] = [newId(), newId()];
    const insert = statement<never>(
      undefined,
      auditInsert(
        'owner.updated',
        'owner',
        `select id as subject_id, null::jsonb as before, '{"a": 1}'::jsonb as after from unnest($5::uuid[]) id`,
      ),
    );
    const { actor } = serverCaller(company.id, 'sync', 'Sync of HR', newId());
    await bed.database.inTransaction(caller(), (tx) =>
      tx.query(insert, [actor.type, actor.id, actor.name, [one, two]]),
    );
    const written = (await events()).map(({ actor_name, subject_id }) => [actor_name, subject_id]);
    expect(written).toEqual(
      expect.arrayContaining([
        ['Sync of HR', one],
        ['Sync of HR', two],
      ]),
    );
  });
});

describe('the trail', () => {
  const partitions = async () => {
    const found = await bed.given.sql<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit_event'::regclass order by 1`,
    );
    return found.map(({ name }) => name);
  };
  const month = (ahead: number) => {
    const now = new Date();
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
    return `audit_event_${first.toISOString().slice(0, 7).replace('-', '_')}`;
  };
  const prepare = systemStatement<never>(undefined, 'select prepare_audit_partitions($1)');
  const prepareAs = (months: number) => bed.database.asSystem('test', (system) => system.query(prepare, [months]));
  const insertAt = (at: string) =>
    bed.given.insert('audit_event', {
      organization_id: company.id,
      at,
      action: 'a.b',
      actor_type: 'system',
      actor_name: 'test',
      subject_type: 'x',
      subject_id: newId(),
    });
  const placesOf = () =>
    bed.given.sql('select tableoid::regclass::text as place from audit_event where organization_id = $1', [company.id]);

  it('has room for this month and three to come, made once', async () => {
    const expected = [month(0), month(1), month(2), month(3), 'audit_event_default'].toSorted();
    expect(await partitions()).toEqual(expected);
    await prepareAs(3);
    expect(await partitions()).toEqual(expected);
    await prepareAs(5);
    expect(await partitions()).toEqual([...expected, month(4), month(5)].toSorted());
  });

  it('takes an event of a month without a partition, and goes on when that month is prepared late', async () => {
    const later = month(6).slice('audit_event_'.length).replace('_', '-');
    await insertAt(`${later}-15T00:00:00Z`);
    await insertAt(new Date().toISOString());
    expect(await placesOf()).toEqual(expect.arrayContaining([{ place: 'audit_event_default' }, { place: month(0) }]));
    await prepareAs(6);
    expect(await partitions()).not.toContain(month(6));
    expect(await placesOf()).toHaveLength(2);
  });

  it.each(['update %t set action = $$x.y$$', 'delete from %t', 'truncate %t'])(
    'refuses `%s` on every part of it, to the server and to the owning role',
    async (text) => {
      await insertAt(new Date().toISOString());
      for (const part of ['audit_event', month(0)]) {
        await expect(server.query(text.replace('%t', part))).rejects.toThrow(/permission denied/);
        await expect(bed.given.sql(text.replace('%t', part))).rejects.toThrow(/append-only/);
      }
      if (!text.startsWith('truncate')) return;
      for (const part of await partitions()) {
        await expect(server.query(text.replace('%t', part))).rejects.toThrow(/permission denied/);
        await expect(bed.given.sql(text.replace('%t', part))).rejects.toThrow(/append-only/);
      }
    },
  );

  it('guards the rows of a partition that was made later', async () => {
    await prepareAs(8);
    const part = month(8);
    await insertAt(`${part.slice('audit_event_'.length).replace('_', '-')}-15T00:00:00Z`);
    for (const text of [`update ${part} set action = 'x.y'`, `delete from ${part}`, `truncate ${part}`]) {
      await expect(bed.given.sql(text)).rejects.toThrow(/append-only/);
      await expect(server.query(text)).rejects.toThrow(/permission denied/);
    }
  });
});

describe("the server's role", () => {
  it('owns nothing and cannot make, change or drop anything', async () => {
    const { rows } = await server.query('select relname from pg_class where relowner = current_user::regrole');
    expect(rows).toEqual([]);
    const asked = [
      'create table public.mine (id uuid)',
      'create function public.mine() returns int language sql as $$ select 1 $$',
      'alter table application add column mine text',
      'alter table audit_event disable trigger all',
      'drop table worker',
      'drop trigger audit_event_rows_stay on audit_event',
      'drop function refuse_audit_change()',
      `select open_audit_partition('mine', 'default')`,
      'insert into schema_migration (name) values ($$x$$)',
      `set session_replication_role = 'replica'`,
      'set role ostiary_owner',
    ];
    for (const text of asked) {
      const answer = server.query(text).then(() => `may ${text}`);
      await expect(answer).rejects.toThrow(/permission denied|must be owner/);
    }
  });
});
