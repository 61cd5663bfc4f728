import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { type ApplicationRow, PersonService } from '@app/connectors';
import { People } from './people.js';
import { presentApp } from './present.js';

/** Applications with their owners: two statements more, however many there are. */
@Injectable()
export class AppViews {
  constructor(
    private readonly people: People,
    private readonly persons: PersonService,
  ) {}

  async present(caller: Principal, rows: readonly ApplicationRow[]) {
    const ids = rows.flatMap(({ owner_user_ids }) => owner_user_ids);
    const users = await this.people.present(caller, await this.persons.ofIds(caller, [...new Set(ids)]));
    const byId = new Map(users.map((user) => [user.id, user]));
    return rows.map((row) =>
      presentApp(
        row,
        row.owner_user_ids.flatMap((id) => byId.get(id) ?? []),
      ),
    );
  }
}
