import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PersonRow } from '@app/directory';
import { type NewMail, OutgoingMail } from '@app/mail';
import { Database, type Transaction } from '@app/persistence';
import { administratorText } from './administrator-text.js';

const dayMs = 86_400_000;

/** Who became an Administrator, and who is none any more. */
export interface ChangedAdministrators {
  readonly granted: readonly PersonRow[];
  readonly revoked: readonly PersonRow[];
}

/** Mail to those who became Administrators or are none any more. */
@Injectable()
export class AdministratorNotices implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly mail: OutgoingMail,
  ) {}

  /** What a mail says that was not sent yet is not true any more, whoever changed it. */
  onModuleInit(): void {
    this.database.announcements.on('administration', 'user.rightsChanged', async (tx, events) => {
      const ids = events.flatMap((event) => event.ids);
      if (ids.length > 0) await this.mail.withdraw(tx, 'administrator', ids);
    });
  }

  /** Written last, so that the change it tells of does not withdraw it. */
  tell(tx: Transaction, organization: string, { granted, revoked }: ChangedAdministrators): void {
    const validUntil = new Date(Date.now() + dayMs).toISOString();
    const mailTo = (people: readonly PersonRow[], isOne: boolean): NewMail[] =>
      people.flatMap(({ id, email, display_name: displayName, active }) => {
        if (email === null || !active) return [];
        const words = administratorText({ displayName, organization, isOne });
        return [{ kind: 'administrator', userId: id, to: email, validUntil, ...words }];
      });
    const mails = [...mailTo(granted, true), ...mailTo(revoked, false)];
    tx.beforeCommit(() => this.mail.sendAll(tx, mails));
  }
}
