import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { ListedAdministrators, type OrganizationGroup, OrganizationGroups } from '@app/directory';
import { type OrganizationAccountRow, OrganizationAccounts } from '@app/organizations';
import { Database, type Look } from '@app/persistence';
import type { AccountPerson } from './named-people.js';

export interface AccountGroup extends OrganizationGroup {
  readonly users: readonly AccountPerson[];
}

/** The organization as whoever runs it sees it. What was not asked for is not there. */
export interface Account {
  readonly organization: OrganizationAccountRow;
  readonly administrators?: readonly AccountPerson[];
  readonly groups?: readonly AccountGroup[];
}

/** Which people are asked for: they are read only then. */
export interface AccountParts {
  readonly administrators: boolean;
  readonly groups: boolean;
}

/** Reads the organization's own account. */
@Injectable()
export class AccountService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationAccounts,
    private readonly administrators: ListedAdministrators,
    private readonly groups: OrganizationGroups,
  ) {}

  async get(caller: Caller, parts: AccountParts): Promise<Account> {
    return this.read((statement, values) => this.database.query(caller, statement, values), parts);
  }

  /** Administrators by address, groups by name with their users by address. */
  async read(look: Look, parts: AccountParts): Promise<Account> {
    const organization = await this.organizations.get(look);
    const administrators = parts.administrators
      ? (await this.administrators.list(look)).map((user) => ({ user }))
      : undefined;
    const groups = parts.groups ? await this.readGroups(look) : undefined;
    return { organization, ...(administrators && { administrators }), ...(groups && { groups }) };
  }

  async readGroups(look: Look, id?: string): Promise<AccountGroup[]> {
    return (await this.groups.list(look, id)).map(({ members, ...group }) => ({
      ...group,
      users: members.map((user) => ({ user })),
    }));
  }
}
