import { oneLine } from '@app/kernel';

/** Where an invitation is accepted. */
export interface InvitationDoor {
  readonly publicUrl: string;
  /** Of a page for people, with `{token}` in place of the token. Undefined: there is only the API. */
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
    wayIn(words.token, door),
    `It is good once, and until ${new Date(words.expiresAt).toUTCString()}. Whoever has it can accept in your name: do not pass it on.`,
    'If you did not expect this, you need not do anything.',
  ];
  return { subject: `Invitation to ${organization}`, text: `${text.join('\n\n')}\n` };
}

function wayIn(token: string, { publicUrl, template }: InvitationDoor): string {
  if (template !== undefined) {
    return `Open this link to choose a user name and a password:\n\n${invitationUrl(token, { publicUrl, template })}`;
  }
  return `Your token is\n\n${token}\n\nand it is accepted at\n\nPOST ${publicUrl}/api/v1/directory/invitations/accept`;
}
