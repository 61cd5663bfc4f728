import { statement } from '@app/persistence';

export type AccountType = 'STANDARD' | 'MANAGED' | 'TRIAL' | 'DISABLED';
/** What a managed organization can be: its manager's, his on trial, or suspended. */
export const managedTypes = ['MANAGED', 'TRIAL', 'DISABLED'] as const;
export type ManagedType = (typeof managedTypes)[number];

export interface ManagedRow {
  readonly id: string;
  readonly name: string;
  readonly account_type: AccountType;
  readonly slug: string;
  readonly created_at: string;
}

/** An organization as one that may manage others. */
export interface ManagerRow {
  readonly managed: boolean;
}

const columns = 'o.id, o.name, o.account_type, o.slug, o.created_at';

export const managedById = statement<ManagedRow>(
  'managed-organization.by-id',
  `select ${columns} from organization o where o.parent_id = $1 and o.id = $2`,
);
/** Whoever works there only points at it meanwhile. */
export const holdManaged = statement<ManagedRow>(
  undefined,
  `select ${columns} from organization o where o.parent_id = $1 and o.id = $2 for no key update`,
);
/** Nobody makes it another's, or suspends it, before the transaction ends. */
export const holdManager = statement<ManagerRow>(
  undefined,
  `select parent_id is not null as managed from organization where id = $1 and account_type <> 'DISABLED' for share`,
);
/** In the order they were made; `$2` and `$3`: after the one made then with that id. */
export const listManaged = statement<ManagedRow>(
  undefined,
  `select ${columns} from organization o
    where o.parent_id = $1 and ($2::timestamptz is null or (o.created_at, o.id) > ($2, $3::uuid))
    order by o.created_at, o.id limit $4`,
);
/** Nothing is returned if the slug is another's. */
export const insertManaged = statement<ManagedRow>(
  undefined,
  `insert into organization as o (id, parent_id, name, account_type, slug) values ($1, $2, $3, $4, $5)
   on conflict on constraint organization_slug_is_unique do nothing returning ${columns}`,
);
export const answerFor = statement<never>(
  undefined,
  `update organization set account_owner_user_id = $2, updated_at = now() where id = $1`,
);
export const changeManaged = statement<ManagedRow>(
  undefined,
  `update organization o set name = $3, account_type = $4, updated_at = now() where o.parent_id = $1 and o.id = $2
   returning ${columns}`,
);
