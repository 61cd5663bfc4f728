import { Injectable } from '@nestjs/common';
import { Database, systemStatement } from '@app/persistence';

/** A month on, nobody asks any more why a sign-in ended. */
const removeOldSessions = systemStatement<never>(
  undefined,
  `delete from session where coalesce(revoked_at, expires_at) < now() - interval '30 days' and expires_at < now()`,
);
/** A nonce is remembered as long as its assertion could come again, also to a server whose clock is late. */
const removeOldNonces = systemStatement<never>(
  undefined,
  `delete from used_nonce where expires_at < now() - interval '1 hour'`,
);
const removeOldCounters = systemStatement<never>(
  undefined,
  `delete from rate_limit where expire < extract(epoch from now()) * 1000`,
);

/** Removes what callers leave behind, for a job of the clock. */
@Injectable()
export class SignInTidying {
  constructor(private readonly database: Database) {}

  async tidy(): Promise<void> {
    await this.database.asSystem('callers of every organization leave things behind', async (system) => {
      for (const remove of [removeOldSessions, removeOldNonces, removeOldCounters]) await system.execute(remove);
    });
  }
}
