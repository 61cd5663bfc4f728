import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import type { ApplicationRow } from '@app/connectors';
import { AppViews } from './app-views.js';
import { askedOf, expandable, type ExpandMask } from './expand-mask.js';
import { Expanded, kinds } from './expanded.js';
import { presentDirectory } from './present.js';

/** Directories, and the applications they are where these are asked for. */
@Injectable()
export class DirectoryViews {
  constructor(private readonly apps: AppViews) {}

  async present(caller: Principal, rows: readonly ApplicationRow[], mask?: ExpandMask) {
    const asked = askedOf(expandable.directory, mask);
    const expanded = new Expanded();
    const apps = await this.apps.present(caller, asked.has('app_id') ? rows : []);
    for (const app of apps) expanded.add(kinds.app, app.id, app);
    const views = rows.map((row) => ({
      directory: presentDirectory(row),
      appPath: expanded.pathTo(kinds.app, [row.id]),
    }));
    return { views, expanded: expanded.objects };
  }
}
