import { Injectable } from '@nestjs/common';
import { narrowedTo } from '@app/access';
import { Askers } from '@app/auth';
import type { ClaimedTask } from '@app/jobs';
import { ofOwnConnectors } from '@app/connectors';
import { Database, statement } from '@app/persistence';

const reached = statement<never>(
  undefined,
  `select a.id from account a where a.organization_id = $1 and a.id = $2 and ($3::uuid is null or ${ofOwnConnectors('$3')})`,
);

/** A task may wait for long: what was allowed when it was asked for is judged again when its turn comes. */
@Injectable()
export class StillAllowed {
  constructor(
    private readonly database: Database,
    private readonly askers: Askers,
  ) {}

  async is({ caller, subjectId }: ClaimedTask): Promise<boolean> {
    const asker = await this.askers.now(caller);
    if (!asker?.permissions.has('accounts:state')) return false;
    const found = await this.database.query(caller, reached, [subjectId, narrowedTo(asker, 'accounts:state')]);
    return found.length > 0;
  }
}
