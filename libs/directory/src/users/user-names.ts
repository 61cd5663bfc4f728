import { compose, ConflictError, fold, hasUnseen, InvalidError, longestEmail } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

/** What a user is called and found by; one space, so that a login means one person. */
export interface UserNames {
  readonly userName: string;
  readonly email: string | undefined;
}

/**
 * Whoever takes a name holds it first, for a user name is compared with e-mail addresses too, which no index can. In one
 * order, so that two who want the same two do not wait for each other.
 */
const lock = statement<never>(
  'user.hold-names',
  `with wanted as materialized (
     select distinct hashtextextended('ostiary user name ' || $1::text || ' ' || name, 0) as key
       from unnest($2::text[]) as name order by key)
   select pg_advisory_xact_lock(key) from wanted`,
);
/** Beside others who take single names, but not beside whoever takes many: each name would be a lock of its own. */
const lockSpace = statement<never>(
  'user.hold-name-space',
  `select pg_advisory_xact_lock_shared(hashtextextended('ostiary user names ' || $1::text, 0))`,
);
const lockWholeSpace = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('ostiary user names ' || $1::text, 0))`,
);
const mostSingleNames = 100;
const taken = statement<{ by_name: boolean; by_email: boolean }>(
  'user.taken-names',
  `select coalesce(bool_or($2 in (user_name_key, email_key)), false) as by_name,
          coalesce(bool_or($3 in (user_name_key, email_key)), false) as by_email
     from app_user where organization_id = $1 and deleted_at is null and id is distinct from $4
      and (user_name_key in ($2, $3) or email_key in ($2, $3))`,
);

const printable = /^[^\p{Cc}]+$/u;
const longest = 256;

/** NFC, without blanks around it, 1 to 256 characters, no control characters. */
export function parseUserText(field: string, sent: string): string {
  const text = compose(sent).trim();
  if (text.length > 0 && text.length <= longest && printable.test(text)) return text;
  throw InvalidError.field(field, `${field} must have 1 to ${longest} characters, none of them a control character.`);
}

/** A name that others go by: two that look the same are the same, so nothing in it is without a sight of its own. */
export function parseDirectoryName(field: string, sent: string): string {
  const name = parseUserText(field, sent);
  if (!hasUnseen(name)) return name;
  throw InvalidError.field(field, `${field} must have characters that are seen, and no blanks but single spaces.`);
}

/** Gives a text as it is stored, or refuses it by the name of its field. */
export type ParseText = (field: string, sent: string) => string;

/** Rules become stricter: what was stored under an older one stays, and does not keep anybody from changing the rest. */
export function parseIfNew(parse: ParseText, field: string, sent: string, stored: string | null | undefined): string {
  return sent === stored ? sent : parse(field, sent);
}

const address = /^[^\s@]+@[^\s@]+$/u;

/**
 * One `@` with something on both sides, no blanks and nothing unseen, for users are found by it as by their names:
 * whether mail arrives, only mail can tell.
 */
export function parseEmail(field: string, sent: string): string {
  const text = compose(sent).trim();
  if (text.length <= longestEmail && !hasUnseen(text) && address.test(text)) return text;
  throw InvalidError.field(
    field,
    `${field} must be an e-mail address of at most ${longestEmail} characters, all of them seen.`,
  );
}

/** An address is a name for whoever has it, and for nobody else: it may be of somebody who is not here yet. */
export function mayBeCalled(userName: string, email: string | null | undefined): boolean {
  return !address.test(userName) || fold(userName) === fold(email ?? '');
}

export function requireOwnName({
  userName,
  email,
}: {
  readonly userName: string;
  readonly email: string | null;
}): void {
  if (mayBeCalled(userName, email)) return;
  throw InvalidError.field('userName', 'userName may be no e-mail address but the user’s own.');
}

/** Nobody else alive is called so, by name or by address; it stays so until the transaction ends. */
export async function requireFreeNames(tx: Transaction, { userName, email }: UserNames, exceptId?: string) {
  const { byName, byEmail } = await takenNames(tx, { userName, email }, exceptId);
  if (byName) throw taken409('userName', 'This user name is taken.');
  if (byEmail) throw taken409('email', 'This e-mail address is taken.');
}

/** Nobody else takes one of these names until the transaction ends. */
export async function holdNames(tx: Transaction, keys: readonly string[]): Promise<void> {
  if (keys.length > mostSingleNames) {
    await tx.query(lockWholeSpace);
    return;
  }
  await tx.query(lockSpace);
  await tx.query(lock, [keys]);
}

export async function isFreeUserName(tx: Transaction, userName: string, exceptId: string): Promise<boolean> {
  return !(await takenNames(tx, { userName, email: undefined }, exceptId)).byName;
}

async function takenNames(tx: Transaction, { userName, email }: UserNames, exceptId?: string) {
  const nameKey = fold(userName);
  const emailKey = email === undefined ? nameKey : fold(email);
  await holdNames(tx, [nameKey, emailKey]);
  const [row] = await tx.query(taken, [nameKey, emailKey, exceptId ?? null]);
  return { byName: row?.by_name ?? false, byEmail: email !== undefined && (row?.by_email ?? false) };
}

function taken409(field: string, message: string): ConflictError {
  return new ConflictError(message, [{ field, message }]);
}
