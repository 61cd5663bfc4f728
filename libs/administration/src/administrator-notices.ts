import { Injectable } from '@nestjs/common';
import type { PersonRow } from '@app/directory';
import { type NewMail, OutgoingMail } from '@app/mail';
import type { Transaction } from '@app/persistence';
import { administratorText } from './administrator-text.js';

const dayMs = 86_400_000;

/** Who became an Administrator, and who is none any more. */
export interface ChangedAdministrators {
  readonly granted: readonly PersonRow[];
  readonly revoked: readonly PersonRow[];
}

/** Mail to those who became Administrators or are none any more. */
@Injectable()
export class AdministratorNotices {
  constructor(private readonly mail: OutgoingMail) {}

  /** In place of what they were told and was not sent yet. */
  tell(tx: Transaction, organization: string, { granted, revoked }: ChangedAdministrators): void {
    const validUntil = new Date(Date.now() + dayMs).toISOString();
    const mailTo = (people: readonly PersonRow[], isOne: boolean): NewMail[] =>
      people.flatMap(({ id, email, display_name: displayName, active }) => {
        if (email === null || !active) return [];
        const words = administratorText({ displayName, organization, isOne });
        return [{ kind: 'administrator', userId: id, to: email, validUntil, isAdministrator: isOne, ...words }];
      });
    const mails = [...mailTo(granted, true), ...mailTo(revoked, false)];
    const ids = [...granted, ...revoked].map(({ id }) => id);
    tx.beforeCommit(async () => {
      await this.mail.withdraw(tx, 'administrator', ids);
      await this.mail.sendAll(tx, mails);
    });
  }
}
