import { oneLine } from '@app/kernel';

/** Where an invitation is accepted. */
export interface InvitationDoor {
  readonly publicUrl: string;
  /** Of a page for people, with `{token}` in place of the token. Undefined: the page this server has. */
  readonly template: string | undefined;
}

export interface InvitationWords {
  readonly displayName: string;
  readonly organization: string;
  readonly token: string;
  readonly expiresAt: string;
}

/** A page where the guest chooses his name and password: the operator's own, else the one this server has. */
export function invitationUrl(token: string, { publicUrl, template }: InvitationDoor): string {
  return (template ?? `${publicUrl}${activationPath}#token={token}`).replaceAll('{token}', token);
}

/** Behind the `#`, no server is ever told the token, nor any log. */
export const activationPath = '/activate-profile';

/** Plain text: nothing in a name can become a link or a picture. */
export function invitationText(words: InvitationWords, door: InvitationDoor): { subject: string; text: string } {
  const organization = oneLine(words.organization);
  const text = [
    `Hello ${oneLine(words.displayName)},`,
    `you are invited to sign in to ${organization}.`,
    `Open this link to choose a user name and a password:\n\n${invitationUrl(words.token, door)}`,
    `It is good once, and until ${new Date(words.expiresAt).toUTCString()}. Whoever has it can accept in your name: do not pass it on.`,
    'If you did not expect this, you need not do anything.',
  ];
  return { subject: `Invitation to ${organization}`, text: `${text.join('\n\n')}\n` };
}
