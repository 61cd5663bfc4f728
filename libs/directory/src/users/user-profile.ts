import { compose, fold, InvalidError } from '@app/kernel';
import {
  parseDirectoryName,
  parseEmail,
  parseIfNew,
  type ParseText,
  parseUserText,
  type UserNames,
} from './user-names.js';
import type { UserRow } from './user-rows.js';

/** What may be written of a user. */
export interface UserProfile {
  readonly userName: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly active: boolean;
  /** Who the user is at the directory he was imported from. */
  readonly externalId: string | null;
  readonly unixHomeDirectory: string | null;
  readonly unixUserName: string | null;
  readonly userPrincipalName: string | null;
}

/** A profile on its way in: what is absent or null has no value, and a user is called by his name unless told otherwise. */
export type UserDraft = Pick<UserProfile, 'userName'> & {
  readonly [K in Exclude<keyof UserProfile, 'userName'>]?: UserProfile[K] | null | undefined;
};

type OptionalText = Exclude<keyof UserProfile, 'active' | 'userName'>;

const longestPath = 1_024;

/** The draft as it is stored, or a refusal that names the attribute. What is `stored` already is not judged anew. */
export function parseUserDraft(draft: UserDraft, stored?: UserProfile): UserProfile {
  const optional = (field: OptionalText, parse: ParseText = parseUserText) => {
    const sent = draft[field];
    return sent === null || sent === undefined ? null : parseIfNew(parse, field, sent, stored?.[field]);
  };
  const userName = parseIfNew(parseDirectoryName, 'userName', draft.userName, stored?.userName);
  return {
    userName,
    displayName: optional('displayName') ?? userName,
    email: optional('email', parseEmail),
    active: draft.active ?? true,
    externalId: optional('externalId'),
    unixHomeDirectory: optional('unixHomeDirectory', parsePath),
    unixUserName: optional('unixUserName'),
    userPrincipalName: optional('userPrincipalName'),
  };
}

export function profileOf(row: UserRow): UserProfile {
  return {
    userName: row.user_name,
    displayName: row.display_name,
    email: row.email,
    active: row.active,
    externalId: row.external_id,
    unixHomeDirectory: row.unix_home_directory,
    unixUserName: row.unix_user_name,
    userPrincipalName: row.user_principal_name,
  };
}

export function namesIn({ userName, email }: UserProfile): UserNames {
  return { userName, email: email ?? undefined };
}

/** Column values in the order of `profileColumns`. */
export function profileValues(profile: UserProfile): readonly unknown[] {
  const { userName, displayName, email, externalId, unixHomeDirectory, unixUserName, userPrincipalName } = profile;
  const keys = [userName, fold(userName), displayName, fold(displayName), email, email === null ? null : fold(email)];
  return [...keys, profile.active, externalId, unixHomeDirectory, unixUserName, userPrincipalName];
}

export const profileColumns = [
  'user_name',
  'user_name_key',
  'display_name',
  'display_name_key',
  'email',
  'email_key',
  'active',
  'external_id',
  'unix_home_directory',
  'unix_user_name',
  'user_principal_name',
] as const;

/** Blanks are part of a path. */
function parsePath(field: string, sent: string): string {
  const text = compose(sent);
  if (text.length > 0 && text.length <= longestPath && !/\p{Cc}/u.test(text)) return text;
  throw InvalidError.field(
    field,
    `${field} must have 1 to ${longestPath} characters, none of them a control character.`,
  );
}
