import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { AttributeSources, type ConnectorAddress, type ConnectorOwnerRow, type PersonRow } from '@app/connectors';
import { presentPerson } from './present-person.js';

/** Users as this surface tells of them: the same wherever they appear, and one statement more for a whole page at most. */
@Injectable()
export class People {
  constructor(private readonly sources: AttributeSources) {}

  async present(caller: Principal, rows: readonly PersonRow[]) {
    const ownerIds = rows.flatMap((row) => (row.sources === undefined ? (row.owner_id ?? []) : []));
    const sources = await this.sources.ofOwners(caller, [...new Set(ownerIds)]);
    const showsRoles = caller.permissions.has('roles:read');
    return rows.map((row) => presentPerson(row, row.sources ?? sources.get(row.owner_id ?? '') ?? [], showsRoles));
  }

  async asOwners(
    caller: Principal,
    { applicationId: appId, connectorId }: ConnectorAddress,
    rows: readonly ConnectorOwnerRow[],
  ) {
    const users = await this.present(caller, rows);
    return rows.map(({ role_slug: roleSlug, owned_since: createdAt }, i) => ({
      appId,
      connectorId,
      roleSlug,
      createdAt,
      user: users[i],
    }));
  }
}
