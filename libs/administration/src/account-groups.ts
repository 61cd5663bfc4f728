import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { OrganizationGroups } from '@app/directory';
import { NotFoundError } from '@app/kernel';
import { OrganizationAccounts } from '@app/organizations';
import { Database, lookIn, type Transaction } from '@app/persistence';
import type { Telling } from './account-changes.js';
import { type AccountGroup, AccountService } from './account.service.js';
import { editsOf, planNewGroups, planRename } from './group-plan.js';
import { NamedPeople } from './named-people.js';
import { eachOnce, type PersonDraft, PersonParser } from './named-person.js';
import { groupsTold } from './told-account.js';

export interface NewAccountGroup {
  readonly name: string;
  readonly users: readonly PersonDraft[];
}

/** What of a group is to be otherwise; what is left out stays. */
export interface AccountGroupChanges {
  readonly name?: string | undefined;
  readonly users?: readonly PersonDraft[] | undefined;
}

/** Makes, changes and deletes single groups of the organization's account. */
@Injectable()
export class AccountGroups {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountService,
    private readonly organizations: OrganizationAccounts,
    private readonly people: NamedPeople,
    private readonly groups: OrganizationGroups,
  ) {}

  /** All of them or none. Returns every group there is then: the new ones first, in their order. */
  async create(caller: Principal, drafts: readonly NewAccountGroup[], { notify }: Telling): Promise<AccountGroup[]> {
    const parser = new PersonParser();
    const named = drafts.map(({ users }, at) => parser.parseAll(`${at}.users`, users));
    return this.database.inTransaction(caller, async (tx) => {
      await this.organizations.hold(tx);
      const names = drafts.map(({ name }) => name);
      const existing = await this.groups.hold(tx);
      const settled = await this.people.settle(tx, caller, eachOnce(named.flat()), { mailed: notify });
      const made = planNewGroups(existing, names);
      const members = made.map(({ id }, at) => ({ groupId: id, userIds: settled.idsOf(named[at]!) }));
      await this.groups.apply(tx, { ...editsOf(made), deleted: [], members });
      return groupsTold(await this.accounts.readGroups(lookIn(tx)), members, settled);
    });
  }

  async change(
    caller: Principal,
    id: string,
    { name, users }: AccountGroupChanges,
    { notify }: Telling,
  ): Promise<AccountGroup> {
    const people = users && new PersonParser().parseAll('users', users);
    return this.database.inTransaction(caller, async (tx) => {
      await this.organizations.hold(tx);
      const { existing, group } = await this.hold(tx, id);
      const planned = name === undefined ? [] : [planRename(existing, group, name)];
      const settled = await this.people.settle(tx, caller, people ?? [], { mailed: notify });
      const members = people ? [{ groupId: group.id, userIds: settled.idsOf(people) }] : [];
      await this.groups.apply(tx, { ...editsOf(planned), deleted: [], members });
      const [changed] = groupsTold(await this.accounts.readGroups(lookIn(tx), group.id), members, settled);
      if (!changed) throw new Error('the group was not read');
      return changed;
    });
  }

  async delete(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      await this.organizations.hold(tx);
      const { group } = await this.hold(tx, id);
      await this.groups.apply(tx, { renamed: [], made: [], members: [], deleted: [group] });
    });
  }

  private async hold(tx: Transaction, id: string) {
    const existing = await this.groups.hold(tx);
    const group = existing.find((one) => one.id === id);
    if (!group) throw new NotFoundError('group');
    await this.groups.holdMembers(tx, [group]);
    return { existing, group };
  }
}
