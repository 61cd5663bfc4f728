import { Injectable } from '@nestjs/common';
import { Database, systemStatement } from '@app/persistence';

const giveUpLate = systemStatement<never>(
  undefined,
  `update outgoing_mail set state = 'failed', sealed_text = null, settled_at = now(),
      last_error = coalesce(last_error, 'It was not sent before what it says was no longer true.')
    where state = 'waiting' and valid_until <= now()`,
);
/** As long as users can see what else the queue has done. */
const forgetOld = systemStatement<never>(
  undefined,
  `delete from outgoing_mail where settled_at < now() - interval '90 days'`,
);

/** Erases what nobody may send any more, whatever has become of its job, and at last the row itself. */
@Injectable()
export class MailTidying {
  constructor(private readonly database: Database) {}

  async tidy(): Promise<void> {
    await this.database.asSystem('mail of every organization grows old', async (system) => {
      for (const statement of [giveUpLate, forgetOld]) await system.execute(statement);
    });
  }
}
