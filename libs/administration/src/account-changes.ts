import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import {
  type GroupMembers,
  ListedAdministrators,
  type OrganizationGroup,
  OrganizationGroups,
  parseIfNew,
} from '@app/directory';
import { type HeldOrganization, OrganizationAccounts, parseOrganizationName } from '@app/organizations';
import { Database, lookIn, type Transaction } from '@app/persistence';
import { type Account, type AccountParts, AccountService } from './account.service.js';
import { AdministratorNotices } from './administrator-notices.js';
import { editsOf, type NamedGroup, planGroups } from './group-plan.js';
import { ImplicitAdministrators } from './implicit-administrators.js';
import { NamedPeople, type SettledPeople } from './named-people.js';
import { eachOnce, type NamedPerson, type PersonDraft, PersonParser } from './named-person.js';
import { toldInOrder } from './told-account.js';

export interface AccountGroupDraft extends NamedGroup {
  readonly users: readonly PersonDraft[];
}

/** What is to be otherwise; what is left out stays. */
export interface AccountDraft {
  readonly name?: string | undefined;
  readonly administrators?: readonly PersonDraft[] | undefined;
  readonly groups?: readonly AccountGroupDraft[] | undefined;
}

/** Whether those whom a change concerns are told of it by mail. */
export interface Telling {
  readonly notify: boolean;
}

interface ParsedGroup extends NamedGroup {
  readonly people: readonly NamedPerson[];
}

interface Replacement extends Telling {
  readonly organization: HeldOrganization;
  readonly settled: SettledPeople;
  /** Who was one before, deleted or not. */
  readonly heldIds: readonly string[];
  readonly wantedIds: readonly string[];
}

/** Changes the organization's own account: all that is asked for, or nothing. */
@Injectable()
export class AccountChanges {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountService,
    private readonly organizations: OrganizationAccounts,
    private readonly people: NamedPeople,
    private readonly administrators: ListedAdministrators,
    private readonly implicit: ImplicitAdministrators,
    private readonly groups: OrganizationGroups,
    private readonly notices: AdministratorNotices,
  ) {}

  /** Administrators and groups are told in the order of the request, where it names them. */
  async change(caller: Principal, draft: AccountDraft, { notify }: Telling, parts: AccountParts): Promise<Account> {
    const { administrators: named, groups } = parsed(draft);
    return this.database.inTransaction(caller, async (tx) => {
      const held = await this.organizations.hold(tx);
      const name =
        draft.name === undefined ? undefined : parseIfNew(parseOrganizationName, 'accountName', draft.name, held.name);
      const members = (groups ?? []).flatMap(({ people }) => people);
      const administrators = named && (await this.withoutImplicit(tx, named, members));
      const everybody = eachOnce([...(administrators ?? []), ...members]);
      const existing = groups && (await this.holdGroups(tx));
      const heldIds = named && (await this.administrators.hold(tx));
      const settled = await this.people.settle(tx, caller, everybody, { mailed: notify });
      if (name !== undefined) await this.organizations.rename(tx, held, name);
      const organization = { ...held, name: name ?? held.name };

      const administratorIds = administrators && settled.idsOf(administrators);
      if (administratorIds && heldIds) {
        const replacement = { organization, settled, heldIds, wantedIds: administratorIds, notify };
        await this.replaceAdministrators(tx, caller, replacement);
      }
      const written = existing && (await this.replaceGroups(tx, groups, { existing, settled }));
      const account = await this.accounts.read(lookIn(tx), parts);
      return toldInOrder(account, { administratorIds, groups: written }, settled);
    });
  }

  /** Whoever is named in a group too is to be a user of this organization, and is meant as that. */
  private async withoutImplicit(
    tx: Transaction,
    named: readonly NamedPerson[],
    members: readonly NamedPerson[],
  ): Promise<NamedPerson[]> {
    const users = new Set(members.map(({ key }) => key));
    const keys = named.map(({ key }) => key).filter((key) => !users.has(key));
    const implicit = await this.implicit.among(tx, keys);
    return named.filter(({ key }) => !implicit.has(key));
  }

  private async replaceAdministrators(
    tx: Transaction,
    caller: Principal,
    { organization, settled, heldIds, wantedIds, notify }: Replacement,
  ): Promise<void> {
    const listed = await this.administrators.listHeld(tx);
    const before = new Set(listed.map(({ id }) => id));
    const after = new Set(wantedIds.filter((id) => id !== organization.accountOwnerId));
    const revoked = listed.filter(({ id }) => !after.has(id));
    const granted = await this.administrators.grant(tx, caller, [...after.difference(before)]);
    await this.administrators.revoke(tx, caller, [...before.difference(after)]);
    await this.administrators.forgetDeleted(tx, heldIds);
    if (!notify) return;

    // Whoever is new hears of it by his invitation.
    const known = settled.knownAmong(granted);
    this.notices.tell(tx, organization.name, { granted: known, revoked });
  }

  private async holdGroups(tx: Transaction): Promise<OrganizationGroup[]> {
    const existing = await this.groups.hold(tx);
    await this.groups.holdMembers(tx, existing);
    return existing;
  }

  private async replaceGroups(
    tx: Transaction,
    named: readonly ParsedGroup[],
    { existing, settled }: { readonly existing: readonly OrganizationGroup[]; readonly settled: SettledPeople },
  ): Promise<GroupMembers[]> {
    const { groups, deleted } = planGroups(existing, named);
    const members = groups.map(({ id }, at) => ({ groupId: id, userIds: settled.idsOf(named[at]!.people) }));
    await this.groups.apply(tx, { ...editsOf(groups), deleted, members });
    return members;
  }
}

function parsed({ administrators, groups }: AccountDraft) {
  const parser = new PersonParser();
  return {
    administrators: administrators && parser.parseAll('administrators', administrators),
    groups: groups?.map(({ users, ...group }, at): ParsedGroup => {
      return { ...group, people: parser.parseAll(`groups.${at}.users`, users) };
    }),
  };
}
