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

describe('an e-mail address in an HR file', () => {
  it('that two active people have belongs to the first; the other row is refused', async () => {
    const run = await hr.sync(hrFile('E1,Ada,desk@example.com,,,,', 'E2,Bo,DESK@example.com,,,,'));
    expect(run).toMatchObject({ state: 'succeeded', rowsRead: 2, rowsRefused: 1, ownersCreated: 1 });
    expect(await reasons(hr, run)).toEqual(['3 duplicate_email']);
    expect(await emails()).toEqual({ E1: 'desk@example.com' });
  });

  it('that two active people have stays with the one who has it, whatever the order of the file', async () => {
    await hr.sync(hrFile('E2,Bo,desk@example.com,,,,', 'E1,Ada,ada@example.com,,,,'));
    const run = await hr.sync(hrFile('E1,Ada,desk@example.com,,,,', 'E2,Bo,desk@example.com,,,,'));
    expect(await reasons(hr, run)).toEqual(['2 duplicate_email']);
    expect(await emails()).toEqual({ E1: 'ada@example.com', E2: 'desk@example.com' });
  });

  it('goes from one person to another within a file, and both may swap theirs', async () => {
    await hr.sync(hrFile('E1,Ada,one@example.com,,,,', 'E2,Bo,two@example.com,,,,'));
    const run = await hr.sync(hrFile('E1,Ada,two@example.com,,,,', 'E2,Bo,one@example.com,,,,'));
    expect(run).toMatchObject({ state: 'succeeded', rowsRefused: 0, ownersUpdated: 2 });
    expect(await emails()).toEqual({ E1: 'two@example.com', E2: 'one@example.com' });
    const again = await hr.run();
    expect(again).toMatchObject({ accountsUnchanged: 2, ownersUpdated: 0 });
  });

  it('of a leaver who is still in the file goes to the newcomer who has it; the leaver’s row is taken over without it', async () => {
    await hr.sync(hrFile('E1,Ada Amir,ada@example.com,Sales,,active,'));
    const { id } = (await company.owners())['E1']!;
    const file = hrFile('E1,Ada Amir,ada@example.com,Sales,,inactive,', 'E2,Ada Abel,ada@example.com,Sales,,active,');
    const run = await hr.sync(file);
    expect(run).toMatchObject({ state: 'succeeded', rowsRefused: 0, ownersCreated: 1, ownersUpdated: 1 });
    expect(await reasons(hr, run)).toEqual(['2 email_given_up']);
    expect(await emails()).toEqual({ E1: null, E2: 'ada@example.com' });
    expect((await company.owners())['E1']).toMatchObject({ id, status: 'inactive' });

    const again = await hr.run();
    expect(again).toMatchObject({ accountsUnchanged: 2, accountsUpdated: 0, ownersUpdated: 0 });
    expect(await reasons(hr, again)).toEqual(['2 email_given_up']);
  });

  it('of somebody past the end date goes to the newcomer too, in one first file', async () => {
    const run = await hr.sync(hrFile('E1,Ada,a@example.com,,,,2020-01-31', 'E2,Abel,A@example.com,,,,'));
    expect(await reasons(hr, run)).toEqual(['2 email_given_up']);
    expect(await emails()).toEqual({ E1: null, E2: 'A@example.com' });
  });

  it('comes back to the leaver once nobody else has it', async () => {
    await hr.sync(hrFile('E1,Ada,a@example.com,,,inactive,', 'E2,Abel,a@example.com,,,,'));
    await hr.sync(hrFile('E1,Ada,a@example.com,,,inactive,', 'E2,Abel,abel@example.com,,,,'));
    expect(await emails()).toEqual({ E1: 'a@example.com', E2: 'abel@example.com' });
  });

  it('of a leaver who is gone from the file goes to a newcomer of the same run', async () => {
    await hr.sync(hrFile('E1,Ada,a@example.com,,,,', 'E3,Cy,cy@example.com,,,,'));
    const run = await hr.sync(hrFile('E2,Abel,a@example.com,,,,', 'E3,Cy,cy@example.com,,,,'));
    expect(run).toMatchObject({ ownersCreated: 1, ownersDeactivated: 1, rowsRefused: 0 });
    expect(await emails()).toEqual({ E1: null, E2: 'a@example.com', E3: 'cy@example.com' });
    expect(await company.eachOwner('status')).toEqual({ E1: 'inactive', E2: 'active', E3: 'active' });
  });

  it('of a leaver who is gone from the file goes to a newcomer of the next run, and accounts with it', async () => {
    await hr.sync(hrFile('E1,Ada,a@example.com,,,,', 'E3,Cy,cy@example.com,,,,'));
    const directory = await company.system();
    await directory.sync(systemFile('ada,a@example.com,'));
    await hr.sync(hrFile('E3,Cy,cy@example.com,,,,'));
    expect(await emails()).toEqual({ E1: 'a@example.com', E3: 'cy@example.com' });
    await hr.sync(hrFile('E2,Abel,a@example.com,,,,', 'E3,Cy,cy@example.com,,,,'));
    expect(await emails()).toEqual({ E1: null, E2: 'a@example.com', E3: 'cy@example.com' });
    expect(await directory.run()).toMatchObject({ accountsUnchanged: 1 });
    expect((await company.accounts())['ada']).toMatchObject({ identity: { name: 'Abel' } });
  });

  it('of an owner whom this connector did not make stays with that owner', async () => {
    await hr.sync(hrFile('E1,Ada,ada@example.com,,,,'));
    await company.organization.owner({ name: 'Desk', email: 'desk@example.com' });
    const run = await hr.sync(hrFile('E1,Ada,desk@example.com,Sales,,,'));
    expect(await reasons(hr, run)).toEqual(['2 email_taken']);
    expect(await emails()).toEqual({ E1: 'ada@example.com', Desk: 'desk@example.com' });
  });

  it('that is lacking is noted; the person is made, and his accounts find him by his identity id', async () => {
    const run = await hr.sync(hrFile('E1,Ada,,,,,'));
    expect(run).toMatchObject({ state: 'succeeded', rowsRefused: 0, ownersCreated: 1 });
    expect(await reasons(hr, run)).toEqual(['2 no_email']);
    await (await company.system()).sync(systemFile('ada,,e1'));
    expect((await company.accounts())['ada']).toMatchObject({ identity: { name: 'Ada' } });
  });

  it('that is emptied is cleared, like any other mapped cell', async () => {
    await hr.sync(hrFile('E1,Ada,ada@example.com,Sales,,,2030-01-01'));
    await (await company.system()).sync(systemFile('ada,ada@example.com,'));
    const run = await hr.sync(hrFile('E1,Ada,,,,,'));
    expect(run).toMatchObject({ ownersUpdated: 1 });
    expect((await company.owners())['E1']).toMatchObject({ email: null, department: null, end_date: null });
    const { id } = (await company.owners())['E1']!;
    expect((await company.trail(id)).slice(-2)).toMatchObject([
      {
        action: 'owner.updated',
        before: { email: 'ada@example.com', department: 'Sales' },
        after: { email: null, department: null },
      },
      { action: 'owner.roleRemoved', before: { role: { name: 'Sales' } } },
    ]);
  });

  it('and a key are one however their letters are spelled', async () => {
    const [composed, decomposed] = ['Zo\u00eb', 'Zoe\u0308'];
    await hr.sync(hrFile(`${composed},${composed} Ng,${composed}@example.com,,,,`, 'E2,Bo,bo@example.com,,,,'));
    const run = await hr.sync(
      hrFile(
        `${decomposed.toUpperCase()},${decomposed} Ng,${decomposed.toUpperCase()}@example.com,,,,`,
        'e2,Bo,bo@example.com,,,,',
        `E3,Cy,${decomposed}@example.com,,,,`,
      ),
    );
    expect(run).toMatchObject({ accountsCreated: 0, accountsRemoved: 0, ownersCreated: 0, rowsRefused: 1 });
    expect(await reasons(hr, run)).toEqual(['4 duplicate_email']);
    await (await company.system()).sync(systemFile(`z,${decomposed}@example.com,`, `y,,${decomposed.toUpperCase()}`));
    const found = await company.accounts(`name sw "${decomposed.toUpperCase()}"`);
    expect(Object.keys(found)).toEqual([composed.toUpperCase()]);
    const named = await company.get(`/api/v1/owners?search=${encodeURIComponent(decomposed.toUpperCase())}`);
    expect(named['owners']).toEqual([expect.objectContaining({ name: `${composed} Ng` })]);
    const { y, z } = await company.accounts();
    for (const account of [y, z]) expect(account).toMatchObject({ identity: { name: `${composed} Ng` } });
  });
});
