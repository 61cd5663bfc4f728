import { oneLine } from '@app/kernel';

export interface AdministratorWords {
  readonly displayName: string;
  readonly organization: string;
  /** From now on, or not any more. */
  readonly isOne: boolean;
}

/** Plain text: nothing in a name can become a link or a line of its own. */
export function administratorText({ displayName, organization, isOne }: AdministratorWords) {
  const name = oneLine(organization);
  const what = isOne
    ? `you are an Administrator of ${name} from now on: you may do everything there.`
    : `you are no Administrator of ${name} any more.`;
  const subject = isOne ? `You are an Administrator of ${name}` : `You are no Administrator of ${name} any more`;
  return { subject, text: `Hello ${oneLine(displayName)},\n\n${what}\n` };
}
