import { type DynamicModule, Module } from '@nestjs/common';
import type { MailConfiguration } from '@app/kernel';
import { Outbound, type OutboundSettings } from '@app/outbound';
import { SecretBox } from '@app/secrets';
import { Delivery } from './delivery.js';
import { LoggedDelivery } from './logged-delivery.js';
import { MailSender } from './mail-sender.js';
import { MailTidying } from './mail-tidying.js';
import { OutgoingMail } from './outgoing-mail.js';
import { SmtpDelivery } from './smtp-delivery.js';

export interface MailWorkerOptions {
  readonly mail: MailConfiguration | undefined;
  readonly outbound: OutboundSettings;
  readonly serverKey: Buffer;
}

/** What a worker needs to write mail and to send it; to write some, `OutgoingMail` is enough. */
@Module({})
export class MailWorkerModule {
  static forRoot({ mail, outbound, serverKey }: MailWorkerOptions): DynamicModule {
    const delivery = mail ? new SmtpDelivery(mail.server, mail.from, new Outbound(outbound)) : new LoggedDelivery();
    return {
      module: MailWorkerModule,
      global: true,
      providers: [
        { provide: SecretBox, useValue: new SecretBox(serverKey) },
        { provide: Delivery, useValue: delivery },
        MailSender,
        MailTidying,
        OutgoingMail,
      ],
      exports: [MailTidying, OutgoingMail],
    };
  }
}
