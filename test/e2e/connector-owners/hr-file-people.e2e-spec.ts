import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestApi } from '../../support/api.js';
import type { Feed } from '../../support/feed.js';
import { HrCompany, hrFile, reasons, systemFile } from '../../support/hr-company.js';

let api: TestApi;
let company: HrCompany;
let hr: Feed;

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
});
afterAll(async () => api.close());

beforeEach(async () => {
  company = await HrCompany.found(api);
  hr = await company.hr();
});

const emails = () => company.eachOwner('email');

it('the rows of a run are counted by reason, also beyond the page that is shown', async () => {
  const run = await hr.sync(
    hrFile(...Array.from({ length: 30 }, (_, i) => `E${i},Name,,,,,`), 'E1,Twice,t@example.com,,,,', 'E40,,,,,,'),
  );
  expect(run).toMatchObject({ rowsRead: 32, rowsRefused: 2 });
  const rows = await company.get(`${hr.path}/runs/${String(run['id'])}/rows?page_size=10`);
  expect(rows['list']).toHaveLength(10);
  expect(rows['countByReason']).toEqual({ duplicate_account: 1, no_email: 30, no_owner_name: 1 });
});

describe('a person in an HR file', () => {
  const manual = async () => {
    const directory = await company.system();
    await directory.sync(systemFile('root,,', 'ada,,E1'));
    const { id } = (await company.accounts())['root']!;
    await company.linkByHand(id, (await company.owners())['E1']!['id']);
    return directory;
  };

  it.each([
    ['who was absent', ['E2,Bo,bo@example.com,,,,']],
    ['who was inactive', ['E1,Ada,ada@example.com,,,inactive,', 'E2,Bo,bo@example.com,,,,']],
  ])(
    '%s and is hired again under the old id is the same owner, with a new address and manual links',
    async (_, gone) => {
      const both = ['E1,Ada,ada@example.com,Sales,,active,', 'E2,Bo,bo@example.com,,,,'];
      await hr.sync(hrFile(...both));
      const { id } = (await company.owners())['E1']!;
      const directory = await manual();
      await hr.sync(hrFile(...gone));
      expect((await company.owners())['E1']).toMatchObject({ id, status: 'inactive' });
      await directory.run();

      await hr.sync(hrFile('E1,Ada Amir,amir@example.com,Board,,active,', both[1]!));
      expect((await company.owners())['E1']).toMatchObject({
        id,
        name: 'Ada Amir',
        email: 'amir@example.com',
        department: 'Board',
        status: 'active',
      });
      expect((await company.accounts())['root']).toMatchObject({
        identity: { id, name: 'Ada Amir' },
        manuallyCorrelated: true,
      });
      expect((await company.accounts())['ada']).toMatchObject({ identity: { id } });
    },
  );

  it('who comes back to the old address finds it with whoever has it now', async () => {
    await hr.sync(hrFile('E1,Ada,a@example.com,,,,', 'E3,Cy,,,,,'));
    await hr.sync(hrFile('E2,Abel,a@example.com,,,,', 'E3,Cy,,,,,'));
    const run = await hr.sync(hrFile('E1,Ada,a@example.com,,,,', 'E2,Abel,a@example.com,,,,', 'E3,Cy,,,,,'));
    expect(await reasons(hr, run)).toEqual(['2 duplicate_email', '4 no_email']);
    expect(await emails()).toEqual({ E1: null, E2: 'a@example.com', E3: null });
  });

  it('may have a manager who is named later, and moves to another department and manager in one step', async () => {
    await hr.sync(hrFile('E3,Cy,cy@example.com,Sales,E1,,', 'E1,Ada,,Board,,,', 'E2,Bo,bo@example.com,Sales,E1,,'));
    const people = await company.owners();
    expect(people['E3']).toMatchObject({ manager_id: people['E1']!['id'], department: 'Sales' });

    const run = await hr.sync(
      hrFile('E3,Cy,cy@example.com,Legal,BO@example.com,,', 'E1,Ada,,Board,,,', 'E2,Bo,bo@example.com,Sales,E1,,'),
    );
    expect(run).toMatchObject({ ownersUpdated: 1, ownersCreated: 0, accountsUpdated: 1 });
    const moved = (await company.owners())['E3']!;
    expect(moved).toMatchObject({ manager_id: people['E2']!['id'], department: 'Legal' });
    const changes = (await company.trail(moved['id'])).slice(-4);
    const role = (name: string) => ({ role: { id: expect.any(String), name } });
    expect(changes).toEqual([
      { action: 'owner.updated', before: { department: 'Sales' }, after: { department: 'Legal' } },
      { action: 'owner.roleRemoved', before: role('Sales'), after: null },
      { action: 'owner.roleAdded', before: null, after: role('Legal') },
      {
        action: 'owner.managerChanged',
        before: { managerId: people['E1']!['id'] },
        after: { managerId: people['E2']!['id'] },
      },
    ]);
  });

  it('whose manager is nobody known is taken over, keeps the former manager, and is noted', async () => {
    await hr.sync(hrFile('E1,Ada,a@example.com,,,,', 'E2,Bo,b@example.com,,E1,,'));
    const run = await hr.sync(hrFile('E1,Ada,a@example.com,,,,', 'E2,Bo,b@example.com,Sales,E99,,'));
    expect(run).toMatchObject({ state: 'succeeded', rowsRefused: 0 });
    expect(await reasons(hr, run)).toEqual(['3 unknown_manager']);
    const people = await company.owners();
    expect(people['E2']).toMatchObject({ department: 'Sales', manager_id: people['E1']!['id'] });
  });

  it.each([
    ['himself', ['E1'], ['2 manager_loop']],
    ['somebody who reports to him', ['E2', 'E1'], ['3 manager_loop']],
    ['a chain that ends at him', ['E2', 'E3', 'E1'], ['4 manager_loop']],
  ])('who reports to %s is taken over; the last link of the circle is dropped and noted', async (_, bosses, noted) => {
    const rows = bosses.map((boss, i) => `E${i + 1},Name ${i + 1},e${i + 1}@example.com,,${boss},,`);
    const run = await hr.sync(hrFile(...rows));
    expect(run).toMatchObject({ state: 'succeeded', rowsRefused: 0, ownersCreated: bosses.length });
    expect(await reasons(hr, run)).toEqual(noted);
    const managers = Object.values(await company.eachOwner('manager_id'));
    expect(managers.filter((manager) => manager === null)).toHaveLength(1);
  });

  it('whose end date is past keeps the status the file says, and his enabled accounts count as those of a leaver', async () => {
    await hr.sync(hrFile('E1,Ada,a@example.com,,,active,2020-01-31'));
    await (await company.system()).sync(systemFile('ada,,E1', 'ada2,,E1'));
    const owner = (await company.owners())['E1']!;
    expect(owner).toMatchObject({ status: 'active', end_date: '2020-01-31' });
    const { risk_metrics } = await company.get(`/api/v1/owners/${String(owner['id'])}/statistics`);
    expect(risk_metrics).toMatchObject({ inactive_owners_enabled_accounts: '3' });
    const { accounts } = await company.get(`/api/v1/owners/${String(owner['id'])}/accounts`);
    expect(accounts).toHaveLength(3);
  });

  it('may be called like a formula: cells are data', async () => {
    const name = '=HYPERLINK("http://x","y")+@SUM(1)-\t|cmd';
    await hr.sync(hrFile(`E1,"${name.replaceAll('"', '""')}",a@example.com,-1,,,`));
    expect((await company.owners())['E1']).toMatchObject({ name, department: '-1' });
  });
});

it('two accounts of one person in one system are both linked', async () => {
  await hr.sync(hrFile('E1,Ada,ada@example.com,,,,'));
  const run = await (await company.system()).sync(systemFile('ada,ADA@example.com,', 'ada-admin,,e1'));
  expect(run).toMatchObject({ accountsCreated: 2, accountsLinked: 2 });
  const found = await company.accounts('uncorrelated eq false');
  expect(Object.keys(found).toSorted()).toEqual(['E1', 'ada', 'ada-admin']);
});

describe('an account that gets another native identity', () => {
  const keyed = {
    mapping: { Id: 'nativeIdentity', Uid: 'uuid', Name: 'name', Mail: 'email' },
    ownerMapping: { name: 'name', email: 'email' },
  };

  it('is the same one where a uuid is mapped, and the person behind it too', async () => {
    const feed = await company.hr(keyed, 'Keyed HR');
    await feed.sync('Id,Uid,Name,Mail\nE1,U1,Ada,a@example.com\nE2,U2,Bo,b@example.com\n');
    const owner = (await company.owners())['E1']!;
    const account = (await company.accounts())['E1']!;
    const run = await feed.sync('Id,Uid,Name,Mail\nX1,u1,Ada,a@example.com\nE2,U2,Bo,b@example.com\n');
    expect(run).toMatchObject({ accountsUpdated: 1, accountsCreated: 0, accountsRemoved: 0 });
    expect(run).toMatchObject({ ownersUpdated: 1, ownersCreated: 0, ownersDeactivated: 0 });
    expect((await company.owners())['X1']).toMatchObject({ id: owner['id'], status: 'active' });
    expect((await company.accounts())['X1']).toMatchObject({ id: account['id'], identityId: owner['id'] });
    expect((await company.trail(account['id'])).at(-1)).toMatchObject({
      action: 'account.updated',
      before: { nativeIdentity: 'E1' },
      after: { nativeIdentity: 'X1' },
    });
    expect((await company.trail(owner['id'])).at(-1)).toMatchObject({
      action: 'owner.updated',
      before: { identity_id: 'E1' },
      after: { identity_id: 'X1' },
    });
    expect(await feed.run()).toMatchObject({ accountsUnchanged: 2, ownersUpdated: 0, ownersDeactivated: 0 });
  });

  it('keeps a manual link where a uuid is mapped', async () => {
    await hr.sync(hrFile('E1,Ada,,,,,'));
    const system = await company.system('Keyed', { mapping: { login: 'nativeIdentity', uid: 'uuid' } });
    await system.sync('login,uid\nroot,U1\n');
    const { id } = (await company.accounts())['root']!;
    await company.linkByHand(id, (await company.owners())['E1']!['id']);
    await system.sync('login,uid\nadmin,U1\n');
    expect((await company.accounts())['admin']).toMatchObject({ id, manuallyCorrelated: true });
  });

  it('is another one where none is mapped: the manual link stays with the old one and returns with it', async () => {
    await hr.sync(hrFile('E1,Ada,,,,,'));
    const system = await company.system();
    await system.sync(systemFile('root,,', 'x,,'));
    const { id } = (await company.accounts())['root']!;
    await company.linkByHand(id, (await company.owners())['E1']!['id']);
    const run = await system.sync(systemFile('admin,,', 'x,,'));
    expect(run).toMatchObject({ accountsCreated: 1, accountsRemoved: 1 });
    expect((await company.accounts())['admin']).toMatchObject({ uncorrelated: true });
    await system.sync(systemFile('root,,', 'x,,'));
    expect((await company.accounts())['root']).toMatchObject({ id, manuallyCorrelated: true });
  });

  it('leaves an inactive owner behind in an HR file without uuid, and the new one has the address', async () => {
    await hr.sync(hrFile('E1,Ada,a@example.com,,,,', 'E2,Bo,b@example.com,,,,'));
    const run = await hr.sync(hrFile('X1,Ada,a@example.com,,,,', 'E2,Bo,b@example.com,,,,'));
    expect(run).toMatchObject({ ownersCreated: 1, ownersDeactivated: 1, accountsRemoved: 1, accountsCreated: 1 });
    expect(await emails()).toEqual({ E1: null, E2: 'b@example.com', X1: 'a@example.com' });
  });
});
