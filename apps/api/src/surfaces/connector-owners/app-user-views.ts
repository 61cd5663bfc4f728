import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import type { AppUserRow } from '@app/accounts';
import { ApplicationService, PersonService } from '@app/connectors';
import { AppViews } from './app-views.js';
import { askedOf, expandable, type ExpandMask } from './expand-mask.js';
import { Expanded, kinds } from './expanded.js';
import { People } from './people.js';
import { presentAppUser } from './present-app-user.js';

/** Accounts with paths to what belongs to them, and that itself where it is asked for: five statements more at most. */
@Injectable()
export class AppUserViews {
  constructor(
    private readonly people: People,
    private readonly persons: PersonService,
    private readonly applications: ApplicationService,
    private readonly appViews: AppViews,
  ) {}

  async present(caller: Principal, rows: readonly AppUserRow[], mask?: ExpandMask) {
    const asked = askedOf(expandable.appUser, mask);
    const expanded = new Expanded();
    const appIds = asked.has('app_id') ? rows.map((row) => row.application_id) : [];
    const apps = await this.applications.ofIds(caller, [...new Set(appIds)]);
    for (const app of await this.appViews.present(caller, apps)) expanded.add(kinds.app, app.id, app);

    const userIds = asked.has('identity_user_id') ? rows.flatMap((row) => row.user_id ?? []) : [];
    const persons = await this.persons.ofIds(caller, [...new Set(userIds)]);
    for (const user of await this.people.present(caller, persons)) expanded.add(kinds.user, user.id, user);

    for (const { id, application_id: appId, last_login_at: lastUsedAt } of asked.has('last_usage') ? rows : []) {
      if (lastUsedAt !== null) expanded.add(kinds.usage, id, { appId, appUserId: id, lastUsedAt });
    }
    const views = rows.map((row) => ({
      appUser: presentAppUser(row),
      appPath: expanded.pathTo(kinds.app, [row.application_id]),
      identityUserPath: expanded.pathTo(kinds.user, row.user_id === null ? [] : [row.user_id]),
      lastUsagePath: expanded.pathTo(kinds.usage, [row.id]),
    }));
    return { views, expanded: expanded.objects };
  }
}
