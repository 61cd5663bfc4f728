import { namesInTrail, purgedName, type PurgedPerson } from '@app/audit';
import { statement, type Transaction } from '@app/persistence';
import { CommandError } from '../command.js';
import { distinctTexts } from './distinct-texts.js';

interface HeldUser {
  readonly values: readonly (string | null)[];
  readonly handles: readonly (string | null)[];
  readonly subjects: readonly string[];
  readonly deleted: boolean;
  readonly system: boolean;
  readonly owner_id: string | null;
}

const holdUser = statement<HeldUser>(
  undefined,
  `select array[u.user_name, u.display_name, u.email, u.external_id, u.first_name, u.last_name, u.phone, u.unix_user_name,
       u.unix_home_directory, u.user_principal_name] as values,
     array[u.user_name, u.email, u.user_principal_name] as handles,
     array(select e.subject from external_identity e where e.organization_id = $1 and e.user_id = u.id) as subjects,
     u.deleted_at is not null as deleted, u.system,
     (select o.id from owner o where o.organization_id = $1 and o.user_id = u.id) as owner_id
   from app_user u where u.organization_id = $1 and u.id = $2 for update`,
);

/** What goes with the row, and what is counted of it. */
const dependents = {
  credentials: ['credential', 'user_id = $2'],
  sessions: ['session', 'user_id = $2 or actor_user_id = $2'],
  'counts of failed logins': ['login_attempt', 'user_id = $2'],
  memberships: ['membership', 'user_id = $2'],
  'former memberships': ['former_membership', 'user_id = $2'],
  roles: ['role_assignment', 'user_id = $2'],
  invitations: ['invitation', 'user_id = $2 or created_by = $2'],
  mail: ['outgoing_mail', 'user_id = $2'],
  'OAuth clients': ['oauth_client', 'user_id = $2'],
  'external identities': ['external_identity', 'user_id = $2'],
  'connector ownerships': ['connector_owner', 'user_id = $2'],
} as const;

const countDependents = statement<Record<string, number>>(
  undefined,
  `select ${Object.entries(dependents)
    .map(
      ([what, [table, his]]) =>
        `(select count(*)::int from ${table} where organization_id = $1 and (${his})) as "${what}"`,
    )
    .join(', ')}`,
);
const releaseOwner = statement<never>(
  undefined,
  `update owner set user_id = null where organization_id = $1 and user_id = $2`,
);
const deleteUser = statement<never>(undefined, `delete from app_user where organization_id = $1 and id = $2`);

/** Who asked for a run or brought a file is kept as the name of that day, without an id. */
const renameRequests = ['connector_file set uploaded_by', 'sync_run set requested_by', 'task set requested_by'].map(
  (target) => {
    const column = target.split(' ').at(-1)!;
    const text = `update ${target} = $3 where organization_id = $1 and ${column} = any($2::text[])`;
    return statement<never>(undefined, text);
  },
);

/** What a task does later is done in the name of whoever asked for it, or in whose name he did. */
const renameCallers = (['actor', 'onBehalfOf'] as const).map((who) =>
  statement<never>(
    undefined,
    `update task set caller = jsonb_set(caller, '{${who},name}', to_jsonb($3::text))
      where organization_id = $1 and caller #>> '{${who},id}' = $2::text`,
  ),
);

const keysInTrail = [
  'userName',
  'displayName',
  'email',
  'externalId',
  'unixUserName',
  'unixHomeDirectory',
  'userPrincipalName',
];
const handleKeys = ['userName', 'email', 'userPrincipalName'];

export interface ErasedUser {
  readonly person: PurgedPerson;
  readonly counts: Readonly<Record<string, number>>;
  /** The governed person he was, who stays. */
  readonly ownerId: string | null;
}

/** The row and all that hangs on it. Deleting him came before, for that keeps the last Administrator. */
export async function eraseUser(tx: Transaction, id: string): Promise<ErasedUser | undefined> {
  const [user] = await tx.query(holdUser, [id]);
  if (!user) return undefined;
  if (user.system) throw new CommandError('A system user is nobody who could be purged.');
  if (!user.deleted)
    throw new CommandError(`The user ${id} is not deleted: delete him first, which keeps the last Administrator.`);

  const person = await personOf(tx, id, user);
  const [counts = {}] = await tx.query(countDependents, [id]);
  await tx.execute(releaseOwner, [id]);
  await tx.execute(deleteUser, [id]);
  return { person, counts: { users: 1, ...counts }, ownerId: user.owner_id };
}

/** @returns of how many files, runs and tasks he is not said any more to be who asked for them */
export async function forgetAsker(tx: Transaction, id: string, names: readonly string[]): Promise<number> {
  for (const rename of renameCallers) await tx.execute(rename, [id, purgedName]);
  let requests = 0;
  for (const rename of renameRequests) requests += await tx.execute(rename, [names, purgedName]);
  return requests;
}

/** Of one who is gone already, the trail may tell something yet. */
export async function formerUser(tx: Transaction, id: string): Promise<PurgedPerson> {
  return personOf(tx, id, { values: [], handles: [], subjects: [] });
}

async function personOf(
  tx: Transaction,
  id: string,
  user: Pick<HeldUser, 'values' | 'handles' | 'subjects'>,
): Promise<PurgedPerson> {
  const told = await namesInTrail(tx, { type: 'user', id }, keysInTrail);
  const of = (keys: readonly string[]) => told.filter(({ key }) => keys.includes(key)).map(({ value }) => value);
  const subjects = [...user.subjects, ...of(['subject'])];
  return {
    type: 'user',
    id,
    names: distinctTexts([...user.values, ...subjects, ...told.map(({ value }) => value)]),
    handles: distinctTexts([...user.handles, ...of(handleKeys)]),
    subjects: distinctTexts(subjects),
  };
}
