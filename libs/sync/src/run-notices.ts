import { Injectable } from '@nestjs/common';
import { oneLine } from '@app/kernel';
import { OutgoingMail } from '@app/mail';
import { statement, type Transaction } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** So many runs in a row have failed when somebody is told, and after that nobody until one has succeeded. */
const failuresToTell = 3;
const dayMs = 86_400_000;

const lastEnds = statement<{ state: 'succeeded' | 'failed' }>(
  undefined,
  `select state from sync_run
    where organization_id = $1 and connector_id = $2 and not dry_run and state in ('succeeded', 'failed')
    order by created_at desc, id desc limit ${failuresToTell + 1}`,
);

interface Recipient {
  readonly id: string;
  readonly email: string;
  readonly display_name: string;
  readonly application: string;
}

/** Whoever answers for the connector in whatever role; if nobody can be reached, whoever answers for the organization. */
const recipients = statement<Recipient>(
  undefined,
  `with reached as (
     select u.id, u.email, u.display_name, own.user_id is not null as owns
       from app_user u
       left join (select distinct user_id from owned_connector where organization_id = $1 and connector_id = $2) own
         on own.user_id = u.id
      where u.organization_id = $1 and u.active and u.deleted_at is null and u.email is not null
        and (own.user_id is not null or u.id = (select account_owner_user_id from organization where id = $1)))
   select r.id, r.email, r.display_name, p.name as application
     from reached r
     join connector c on c.organization_id = $1 and c.id = $2
     join application p on p.organization_id = $1 and p.id = c.application_id
    where r.owns or not exists (select from reached where owns)
    order by r.id`,
);

/** Tells those who answer for a connector when its runs need them. */
@Injectable()
export class RunNotices {
  constructor(private readonly mail: OutgoingMail) {}

  /** Part of the transaction in which the run ends. */
  async tell(tx: Transaction, run: LeasedRun, state: string, error: string | null): Promise<void> {
    if (run.dryRun) return;
    const held = state === 'needs_confirmation';
    if (!held && !(state === 'failed' && (await this.hasFailedOften(tx, run)))) return;

    const connector = oneLine(run.connectorName);
    for (const { id, email, display_name, application } of await tx.query(recipients, [run.connectorId])) {
      const what = held
        ? `a run of ${connector} (${oneLine(application)}) waits for your confirmation.`
        : `the last ${failuresToTell} runs of ${connector} (${oneLine(application)}) have failed.`;
      const lines = [
        `Hello ${oneLine(display_name)},`,
        what,
        error ?? '',
        `The run is ${run.id}. Nothing of it was taken over.`,
      ];
      await this.mail.send(tx, {
        kind: 'connector',
        userId: id,
        to: email,
        subject: held
          ? `${connector}: a run waits for confirmation`
          : `${connector}: ${failuresToTell} runs have failed`,
        text: `${lines.filter((line) => line !== '').join('\n\n')}\n`,
        validUntil: new Date(Date.now() + dayMs).toISOString(),
      });
    }
  }

  private async hasFailedOften(tx: Transaction, run: LeasedRun): Promise<boolean> {
    const ends = (await tx.query(lastEnds, [run.connectorId])).map(({ state }) => state === 'failed');
    return (
      ends.length >= failuresToTell && ends.slice(0, failuresToTell).every(Boolean) && ends[failuresToTell] !== true
    );
  }
}
