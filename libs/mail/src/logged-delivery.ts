import { Logger } from '@nestjs/common';
import { Delivery, type Letter } from './delivery.js';

/** Where no mail server is named: the log says that there was something to send, and never what it said. */
export class LoggedDelivery extends Delivery {
  private readonly logger = new Logger('Mail');

  override async deliver({ to, subject }: Letter): Promise<'logged'> {
    this.logger.log(`no SMTP_URL, so this was not sent: to ${to}, ${JSON.stringify(subject)}`);
    return 'logged';
  }
}
