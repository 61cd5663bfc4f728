import { Inject, Injectable } from '@nestjs/common';
import type { UserRow } from '@app/directory';
import { OutgoingMail } from '@app/mail';
import type { Transaction } from '@app/persistence';
import { type InvitationDoor, invitationText, invitationUrl } from './invitation-text.js';

export const invitationDoor = Symbol('InvitationDoor');

interface Issued {
  readonly token: string;
  readonly organization: string;
  readonly expiresAt: string;
}

interface Letter {
  readonly guest: Pick<UserRow, 'id' | 'display_name' | 'email'>;
  readonly issued: Issued;
}

/** Brings the token to whom it is for, if he has an address; whoever made the invitation sees it besides. */
@Injectable()
export class InvitationMail {
  constructor(
    private readonly mail: OutgoingMail,
    @Inject(invitationDoor) private readonly door: InvitationDoor,
  ) {}

  async sendAll(tx: Transaction, letters: readonly Letter[]): Promise<void> {
    const mails = letters.flatMap(({ guest, issued: { token, organization, expiresAt } }) => {
      if (guest.email === null) return [];
      const words = invitationText({ displayName: guest.display_name, organization, token, expiresAt }, this.door);
      return [{ kind: 'invitation', userId: guest.id, to: guest.email, validUntil: expiresAt, ...words } as const];
    });
    await this.mail.sendAll(tx, mails);
  }

  /** Where a token leads, in a mail or without one. */
  urlOf(token: string): string {
    return invitationUrl(token, this.door);
  }

  /** Their tokens are worth nothing any more. */
  async withdraw(tx: Transaction, userIds: readonly string[]): Promise<void> {
    await this.mail.withdraw(tx, 'invitation', userIds);
  }
}
