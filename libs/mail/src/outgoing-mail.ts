import { Injectable, Logger } from '@nestjs/common';
import { type Job, JobQueue } from '@app/jobs';
import { newId, oneLine } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';
import { SecretBox, type SecretPlace } from '@app/secrets';

export interface NewMail {
  /** What it is about, so that all of its kind to somebody can be withdrawn. */
  readonly kind: 'invitation' | 'connector' | 'administrator';
  readonly userId: string;
  readonly to: string;
  readonly subject: string;
  /** Kept sealed until it is sent, and no longer. */
  readonly text: string;
  /** Later it is of no use to anybody, and is not sent. */
  readonly validUntil: string;
  /** It says that its user is an Administrator, or that he is none. Once that is not true any more, it is not sent. */
  readonly isAdministrator?: boolean;
}

export interface MailToSend {
  readonly organizationId: string;
  readonly mailId: string;
  /** What it says of its user, if it is about that. */
  readonly isAdministrator?: boolean;
}

/** Tried again for half a day, at last once an hour: as long as a mail server may be away. */
export const sendMail: Job<MailToSend> = {
  name: 'mail.send',
  retries: { limit: 24, longestWaitSeconds: 3_600 },
};

const insert = statement<never>(
  undefined,
  `insert into outgoing_mail (organization_id, id, user_id, kind, recipient, subject, sealed_text, valid_until)
   select $1, m.id, m.user_id, m.kind, m.recipient, m.subject, m.sealed_text, m.valid_until
     from jsonb_to_recordset($2::jsonb) as m (id uuid, user_id uuid, kind text, recipient text, subject text,
       sealed_text text, valid_until timestamptz)`,
);
const withdraw = statement<{ id: string }>(
  undefined,
  `update outgoing_mail set state = 'withdrawn', sealed_text = null, settled_at = now()
    where organization_id = $1 and kind = $2 and user_id = any($3::uuid[]) and state = 'waiting'
    returning id`,
);

function claimOf({ isAdministrator }: NewMail): Pick<MailToSend, 'isAdministrator'> {
  return isAdministrator === undefined ? {} : { isAdministrator };
}

/** Where the text of a mail is sealed for. */
export function placeOfText({ organizationId, mailId }: MailToSend): SecretPlace {
  return { organizationId, table: 'outgoing_mail', row: mailId, column: 'sealed_text' };
}

/** A line of the log: to whom it would have gone may be somebody who asked to be forgotten. */
export function wasWithdrawn({ id }: { readonly id: string }): string {
  return `mail ${id} was withdrawn`;
}

/** The way out for whoever has something to tell: it is sent exactly if the transaction of its cause is committed. */
@Injectable()
export class OutgoingMail {
  private readonly logger = new Logger('Mail');

  constructor(
    private readonly jobs: JobQueue,
    private readonly box: SecretBox,
  ) {}

  async send(tx: Transaction, mail: NewMail): Promise<void> {
    await this.sendAll(tx, [mail]);
  }

  /** However many, by two statements. */
  async sendAll(tx: Transaction, mails: readonly NewMail[]): Promise<void> {
    if (mails.length === 0) return;
    const sent = mails.map((mail) => ({
      ...mail,
      to: { organizationId: tx.organizationId, mailId: newId(), ...claimOf(mail) },
      recipient: mail.to,
    }));
    const rows = sent.map(({ to, recipient, ...mail }) => ({
      id: to.mailId,
      user_id: mail.userId,
      kind: mail.kind,
      recipient,
      subject: oneLine(mail.subject),
      sealed_text: this.box.seal(placeOfText(to), mail.text),
      valid_until: mail.validUntil,
    }));
    await tx.execute(insert, [JSON.stringify(rows)]);
    await this.jobs.enqueueAll(
      tx,
      sendMail,
      sent.map(({ to }) => to),
    );
  }

  /** What of this kind was not sent yet to these users never is. */
  async withdraw(tx: Transaction, kind: NewMail['kind'], userIds: readonly string[]): Promise<void> {
    const withdrawn = await tx.query(withdraw, [kind, userIds]);
    tx.afterCommit.push(() => withdrawn.forEach((mail) => this.logger.log(wasWithdrawn(mail))));
  }
}
