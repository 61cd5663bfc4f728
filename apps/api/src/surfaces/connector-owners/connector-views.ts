import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { ApplicationService, type ConnectorRow, PersonService } from '@app/connectors';
import { AppViews } from './app-views.js';
import { askedOf, expandable, type ExpandMask } from './expand-mask.js';
import { Expanded, kinds } from './expanded.js';
import { People } from './people.js';
import { presentConnector } from './present.js';

/** A connector with paths to what belongs to it, and that itself where it is asked for: five statements more at most. */
@Injectable()
export class ConnectorViews {
  constructor(
    private readonly people: People,
    private readonly persons: PersonService,
    private readonly applications: ApplicationService,
    private readonly appViews: AppViews,
  ) {}

  async present(caller: Principal, row: ConnectorRow, mask?: ExpandMask) {
    const asked = askedOf(expandable.connector, mask);
    const expanded = new Expanded();
    const apps = await this.applications.ofIds(caller, asked.has('app_id') ? [row.application_id] : []);
    for (const app of await this.appViews.present(caller, apps)) expanded.add(kinds.app, app.id, app);

    const users = await this.persons.ofIds(caller, asked.has('user_ids') ? row.owner_user_ids : []);
    for (const user of await this.people.present(caller, users)) expanded.add(kinds.user, user.id, user);

    const connectorView = {
      connector: presentConnector(row),
      appPath: expanded.pathTo(kinds.app, [row.application_id]),
      usersPath: expanded.pathTo(kinds.user, row.owner_user_ids),
      // What a kind of connector can do is in the documentation, not in records.
      capabilitiesPath: '',
    };
    return { connectorView, expanded: expanded.objects };
  }
}
