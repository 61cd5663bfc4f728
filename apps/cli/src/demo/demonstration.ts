import { CommandError } from '../command.js';
import { Api } from './api.js';
import type { DemoLogin } from './demo-login.js';
import type { DemoPasswords } from './demo-passwords.js';
import type { DemoServer } from './demo-server.js';
import { ownersAtRisk, totalsOf } from './figures.js';
import { directoryGuide, guide } from './guide.js';
import { makePeople, type People } from './people.js';
import { counted } from './progress.js';
import type { SampleCompany } from './sample-company.js';
import type { Screen } from './screen.js';
import { shownPeople } from './show-people.js';
import { newestRun, type System, systemsOf, uploadFile } from './systems.js';
import { orphanTable, riskiest, riskTable } from './tables.js';
import { watchRuns } from './watch-runs.js';

interface Parts {
  readonly company: SampleCompany;
  readonly login: DemoLogin;
  readonly passwords: DemoPasswords;
  readonly server: DemoServer;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

const ownersShown = 10;

/** Everything over HTTP, as any client would do it: the sample company goes in, what it looks like comes out. */
export class Demonstration {
  private readonly api: Api;

  constructor(private readonly parts: Parts) {
    this.api = new Api(parts.server.url, parts.signal);
  }

  async run(): Promise<void> {
    await this.signIn();
    const systems = await systemsOf(this.parts.company, this.api);
    await this.complete(systems);
    const { company, passwords, server } = this.parts;
    const people = await makePeople(company.directory, { systems, passwords, api: this.api });
    server.tellComplete();
    await this.show(systems, people);
  }

  private async signIn(): Promise<void> {
    const { login } = this.parts;
    if (!(await this.api.signIn(login.user, login.password))) {
      throw new CommandError(
        `The password kept in ${login.file} is not ${login.user}'s any more: start the demo once with OSTIARY_ADMIN_PASSWORD set to the present one.`,
      );
    }
    login.keep();
  }

  private async complete(systems: readonly System[]): Promise<void> {
    const { company, login, screen, signal } = this.parts;
    const done = systems.filter(({ missing }) => missing === 'nothing');
    if (done.length === systems.length) {
      screen.say(`${company.name} is here from an earlier run: nothing is read again.`);
      return;
    }
    screen.say(
      login.known && done.length > 0
        ? `${company.name} is here in part, going on: ${done.length} of ${systems.length} systems were complete.`
        : `Reading the source files of ${company.name}, an invented company with ${systems.length} systems:`,
    );
    const rowsOf = await this.start(systems);
    await watchRuns(systems, rowsOf, { api: this.api, screen, signal });
  }

  /** @returns the rows of each file that was uploaded */
  private async start(systems: readonly System[]): Promise<Map<System, number>> {
    const rowsOf = new Map<System, number>();
    for (const system of systems) {
      if (system.missing === 'file') rowsOf.set(system, await uploadFile(system, this.parts.company, this.api));
      if (system.missing === 'resumption') await this.resume(system);
    }
    if (rowsOf.size > 0) await this.api.post('/api/v1/owners/sync', {});
    return rowsOf;
  }

  private async resume(system: System): Promise<void> {
    const run = await newestRun(system, this.api);
    if (run) await this.api.post(`${system.path}/runs/${run.id}/resume`, {});
  }

  private async show(systems: readonly System[], people: People): Promise<void> {
    const { company, passwords, screen, server, login } = this.parts;
    const owners = await ownersAtRisk(this.api);
    const totals = await totalsOf(systems, this.api);
    screen.say('', `The riskiest of ${counted(owners.length, 'owner')}, and why:`, '');
    screen.say(...riskTable(riskiest(owners, ownersShown), screen.width).map((line) => screen.fitting(line)));
    screen.say('', 'Accounts, and those that nobody owns:', '', ...orphanTable(totals), '');
    screen.say(...shownPeople(people.made, company.directory, passwords), '');
    screen.say(...guide(server.url, login), '', ...this.helpDesk(people), 'The server keeps running; Ctrl-C stops it.');
  }

  /** Nothing where he or his group is gone, or his password is another's. */
  private helpDesk({ groupIds }: People): string[] {
    const { company, passwords, server } = this.parts;
    const user = company.directory.users.find(({ userName }) => userName === company.directory.helpDesk);
    const password = user && passwords.of(user.userName);
    const groupId = user && groupIds.get(user.groups[0] ?? '');
    if (!user || password === undefined || groupId === undefined) return [];
    return [...directoryGuide(server.url, { user: user.userName, password }, groupId), ''];
  }
}
