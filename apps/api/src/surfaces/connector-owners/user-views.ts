import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { ApplicationService, PersonService, type PersonRow } from '@app/connectors';
import { askedOf, expandable, type ExpandMask } from './expand-mask.js';
import { Expanded, kinds } from './expanded.js';
import { People } from './people.js';
import { presentDirectory } from './present.js';

/** Users with paths to what belongs to them, and that itself where it is asked for: two statements more at most. */
@Injectable()
export class UserViews {
  constructor(
    private readonly people: People,
    private readonly persons: PersonService,
    private readonly applications: ApplicationService,
  ) {}

  async present(caller: Principal, rows: readonly PersonRow[], mask?: ExpandMask) {
    const asked = askedOf(expandable.user, mask);
    const managerIds = asked.has('manager_ids') ? rows.flatMap((row) => row.manager_user_id ?? []) : [];
    const managers = await this.persons.ofIds(caller, [...new Set(managerIds)]);
    const all = await this.people.present(caller, [...rows, ...managers]);
    const users = all.slice(0, rows.length);
    const expanded = new Expanded();
    for (const manager of all.slice(rows.length)) expanded.add(kinds.user, manager.id, manager);

    const roleIds = asked.has('role_ids') ? users.flatMap((user) => user.roleIds) : [];
    for (const id of new Set(roleIds)) expanded.add(kinds.role, id, { id, name: id, displayName: id });

    const directoryIds = asked.has('directory_ids') ? users.flatMap((user) => user.directoryIds) : [];
    const directories = await this.applications.ofIds(caller, [...new Set(directoryIds)]);
    for (const row of directories) expanded.add(kinds.directory, row.id, presentDirectory(row));

    const views = users.map((user) => ({
      user,
      rolesPath: expanded.pathTo(kinds.role, user.roleIds),
      managersPath: expanded.pathTo(kinds.user, user.managerIds),
      directoriesPath: expanded.pathTo(kinds.directory, user.directoryIds),
      // Nobody's tasks are another's here.
      delegatedUserPath: '',
    }));
    return { views, expanded: expanded.objects };
  }
}
