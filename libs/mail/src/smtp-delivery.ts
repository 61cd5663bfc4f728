import { createTransport } from 'nodemailer';
import { isMailAddress, type MailAccount, type SmtpServer } from '@app/kernel';
import type { Outbound } from '@app/outbound';
import { Delivery, DeliveryError, type Letter } from './delivery.js';
import { deliveryErrorFrom } from './smtp-failure.js';

export interface SmtpLimits {
  readonly connectMs: number;
  readonly answerMs: number;
  /** All of it, however slowly a server goes on answering. */
  readonly totalMs: number;
}
const smtpLimits: SmtpLimits = { connectMs: 15_000, answerMs: 30_000, totalMs: 120_000 };

/** Hands letters to the operator's mail server, one connection each, on a socket of libs/outbound. */
export class SmtpDelivery extends Delivery {
  constructor(
    private readonly server: SmtpServer,
    private readonly from: MailAccount,
    private readonly outbound: Outbound,
    private readonly limits = smtpLimits,
  ) {
    super();
  }

  override async deliver(letter: Letter): Promise<'sent'> {
    if (!isMailAddress(letter.to)) throw new DeliveryError('No mail can be sent to such an address.', true);
    try {
      await this.hand(letter);
      return 'sent';
    } catch (error) {
      throw deliveryErrorFrom(error);
    }
  }

  private async hand(letter: Letter): Promise<void> {
    const { connectMs, totalMs } = this.limits;
    const connection = await this.outbound.connect(this.server, { timeLimitMs: connectMs, trusted: true });
    connection.on('error', () => undefined);
    const limit = setTimeout(() => connection.destroy(new Error('the mail server took too long')), totalMs);
    const transport = createTransport({ ...this.conversation(), connection });
    try {
      await transport.sendMail(this.message(letter));
    } finally {
      clearTimeout(limit);
      transport.close();
      connection.destroy();
    }
  }

  /** Certificates are verified as for any https address; NODE_EXTRA_CA_CERTS names further authorities. */
  private conversation() {
    const { host, port, implicitTls, user, password } = this.server;
    const onThisMachine = isLoopbackHost(host);
    return {
      host,
      port,
      secure: implicitTls,
      requireTLS: !onThisMachine,
      ignoreTLS: onThisMachine,
      tls: { minVersion: 'TLSv1.2' as const, rejectUnauthorized: true },
      connectionTimeout: this.limits.totalMs,
      greetingTimeout: this.limits.answerMs,
      socketTimeout: this.limits.answerMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
    };
  }

  /** The id is the same at every try, so that a letter taken twice is seen to be one. */
  private message({ id, to, subject, text }: Letter) {
    const from = { name: this.from.name ?? '', address: this.from.address };
    return {
      from,
      to: { name: '', address: to },
      envelope: { from: from.address, to },
      subject,
      text,
      messageId: `<${id}@${from.address.slice(from.address.indexOf('@') + 1)}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    };
  }
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.[0-9]{1,3}){3}$/.test(host);
}
