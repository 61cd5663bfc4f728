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

/** More than these need not be told of one run. */
const mostRecipients = 100;

/** Of those who answer in one way, whoever can be reached; `$2` is the connector. */
const reachedOf = (name: string, answering: string) =>
  statement<Recipient>(
    `run-notices.${name}`,
    `select u.id, u.email, u.display_name, p.name as application from app_user u
       join connector c on c.organization_id = $1 and c.id = $2
       join application p on p.organization_id = $1 and p.id = c.application_id
      where u.organization_id = $1 and u.active and u.deleted_at is null and u.email is not null
        and u.id in (${answering})
      order by u.id limit ${mostRecipients}`,
  );

/** Those who are named, those who hold an entitlement that owns it, those who own its application, and who answers for all. */
const recipients = [
  reachedOf('owners', 'select w.user_id from connector_owner w where w.organization_id = $1 and w.connector_id = $2'),
  reachedOf(
    'holders',
    `select o.user_id from connector_entitlement_owner g
       join account_entitlement h on h.organization_id = $1 and h.entitlement_id = g.entitlement_id
       join account a on a.organization_id = $1 and a.id = h.account_id and a.deleted_at is null
       join owner o on o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null
      where g.organization_id = $1 and g.connector_id = $2`,
  ),
  reachedOf(
    'application-owners',
    `select w.user_id from application_owner w where w.organization_id = $1 and w.application_id = (
       select k.application_id from connector k where k.organization_id = $1 and k.id = $2)`,
  ),
  reachedOf('account-owner', 'select g.account_owner_user_id from organization g where g.id = $1'),
];

/** Whoever answers for the connector first. An entitlement may have very many holders: they are asked for where nobody is named. */
async function reachedBy(tx: Transaction, connectorId: string): Promise<Recipient[]> {
  for (const step of recipients) {
    const reached = await tx.query(step, [connectorId]);
    if (reached.length > 0) return reached;
  }
  return [];
}

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
    const validUntil = new Date(Date.now() + dayMs).toISOString();
    const reached = await reachedBy(tx, run.connectorId);
    const mails = reached.map(({ id, email, display_name, application }) => {
      const what = held
        ? `a run of ${connector} (${oneLine(application)}) waits for your confirmation.`
        : `the last ${failuresToTell} runs of ${connector} (${oneLine(application)}) have failed.`;
      const lines = [`Hello ${oneLine(display_name)},`, what, error ?? '', `The run is ${run.id}.`];
      return {
        kind: 'connector',
        userId: id,
        to: email,
        subject: held
          ? `${connector}: a run waits for confirmation`
          : `${connector}: ${failuresToTell} runs have failed`,
        text: `${lines.filter((line) => line !== '').join('\n\n')}\n`,
        validUntil,
      } as const;
    });
    await this.mail.sendAll(tx, mails);
  }

  private async hasFailedOften(tx: Transaction, run: LeasedRun): Promise<boolean> {
    const ends = (await tx.query(lastEnds, [run.connectorId])).map(({ state }) => state === 'failed');
    return (
      ends.length >= failuresToTell && ends.slice(0, failuresToTell).every(Boolean) && ends[failuresToTell] !== true
    );
  }
}
