import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { type JobAttempt, JobQueue } from '@app/jobs';
import { Database, statement } from '@app/persistence';
import { SecretBox, SecretKeyError } from '@app/secrets';
import { Delivery, DeliveryError } from './delivery.js';
import { type MailToSend, placeOfText, sendMail, wasWithdrawn } from './outgoing-mail.js';

interface WaitingMail {
  readonly recipient: string;
  readonly subject: string;
  readonly sealed_text: string;
  readonly late: boolean;
  readonly held_back: boolean;
}

interface Outcome {
  readonly state: 'sent' | 'logged' | 'failed';
  readonly error?: string;
}

/**
 * The mail is still for its user, at his address, an invitation still for a guest, and what it says of his role is so.
 * Looked at as it is sent.
 */
const meant = `exists (
  select from app_user u where u.organization_id = m.organization_id and u.id = m.user_id
     and (u.invitation_pending or m.kind <> 'invitation') and u.deleted_at is null and u.email = m.recipient
     and ($3::boolean is null or $3 = ('Administrator' = any(roles_of(u.organization_id, u.id)))))`;
/** Nothing is sent for an organization that is suspended. */
const suspended = `exists (
  select from organization g where g.id = m.organization_id and g.account_type = 'DISABLED')`;
/** Who is switched off may be on again before his invitation ends. */
const acceptable = `exists (
  select from app_user u where u.organization_id = m.organization_id and u.id = m.user_id and u.active)`;
const begin = statement<WaitingMail>(
  undefined,
  `update outgoing_mail m set attempts = attempts + 1
    where organization_id = $1 and id = $2 and state = 'waiting' and ${meant}
    returning recipient, subject, sealed_text, valid_until <= now() as late,
      ${suspended} or kind = 'invitation' and not ${acceptable} as held_back`,
);
const withdrawUnmeant = statement<{ id: string }>(
  undefined,
  `update outgoing_mail m set state = 'withdrawn', sealed_text = null, settled_at = now()
    where organization_id = $1 and id = $2 and state = 'waiting' and not ${meant}
    returning id`,
);
/** What was withdrawn while it was on its way has been sent all the same, and the row says so. */
const settle = statement<never>(
  undefined,
  `update outgoing_mail set state = $3, last_error = $4, sealed_text = null, settled_at = now()
    where organization_id = $1 and id = $2 and (state = 'waiting' or $3 = 'sent')`,
);
const keepError = statement<never>(
  undefined,
  `update outgoing_mail set last_error = $3 where organization_id = $1 and id = $2 and state = 'waiting'`,
);
/** How long it is until mail that is held back is looked at again. */
const heldBackSeconds = 900;

/** Takes mail out of the queue. No transaction is open while a mail server thinks. */
@Injectable()
export class MailSender implements OnModuleInit {
  private readonly logger = new Logger('Mail');

  constructor(
    private readonly database: Database,
    private readonly queue: JobQueue,
    private readonly box: SecretBox,
    private readonly delivery: Delivery,
  ) {}

  onModuleInit(): void {
    this.queue.handle(sendMail, (mail, attempt) => this.send(mail, attempt));
  }

  /** Throws when it is to be tried again. One that was sent, withdrawn or erased meanwhile is nobody's work any more. */
  async send(mail: MailToSend, { jobId, last }: JobAttempt): Promise<void> {
    const asked = [mail.mailId, mail.isAdministrator ?? null];
    const [waiting] = await this.database.inOneStatement(mail, begin, asked);
    if (!waiting) {
      const [withdrawn] = await this.database.inOneStatement(mail, withdrawUnmeant, asked);
      if (withdrawn) this.logger.log(wasWithdrawn(withdrawn));
      return;
    }
    if (waiting.held_back && !waiting.late) return this.holdBack(mail, jobId);
    const about = `${mail.mailId} to ${waiting.recipient}`;
    try {
      const state = await this.deliver(mail, waiting);
      await this.settle(mail, { state });
      if (state === 'sent') this.logger.log(`mail ${about} was sent`);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      if (!last && !error.permanent) {
        await this.database.inOneStatement(mail, keepError, [mail.mailId, error.message]);
        this.logger.warn(`mail ${about} will be tried again: ${error.message}`);
        throw error;
      }
      await this.settle(mail, { state: 'failed', error: error.message });
      this.logger.error(`mail ${about} failed: ${error.message}`);
    }
  }

  /** However long it takes, it is no failure: another job begins with all its tries, as long as what the mail says is true. */
  private async holdBack(mail: MailToSend, jobId: string): Promise<void> {
    await this.database.inTransaction(serverCaller(mail.organizationId, 'system', 'mail', null), async (tx) => {
      await tx.execute(keepError, [mail.mailId, 'The guest, or the organization, is switched off.']);
      await this.queue.leave(tx, sendMail, mail, { jobId, afterSeconds: heldBackSeconds });
    });
  }

  private async deliver(mail: MailToSend, { recipient, subject, sealed_text, late }: WaitingMail) {
    if (late) throw new DeliveryError('What it says was no longer true when it could have been sent.', true);
    return this.delivery.deliver({ id: mail.mailId, to: recipient, subject, text: this.open(mail, sealed_text) });
  }

  private open(mail: MailToSend, sealed: string): string {
    try {
      return this.box.open(placeOfText(mail), sealed);
    } catch (error) {
      if (error instanceof SecretKeyError) throw new DeliveryError(error.message, false);
      throw error;
    }
  }

  private async settle(mail: MailToSend, { state, error }: Outcome): Promise<void> {
    await this.database.inOneStatement(mail, settle, [mail.mailId, state, error ?? null]);
  }
}
