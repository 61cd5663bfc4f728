import type { Role } from '@app/access';
import { statement, systemStatement } from '@app/persistence';
import type { ClientPublicKey } from './client-secret.js';

export interface ClientRow {
  readonly id: string;
  readonly client_id: string;
  readonly name: string;
  readonly roles: Role[];
  readonly user_id: string;
  readonly source_networks: string[];
  readonly created_at: string;
  readonly secret_changed_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

/** A client that asks for a token, and whether it may have one. */
export interface AskingClientRow {
  readonly organization_id: string;
  readonly slug: string;
  readonly id: string;
  readonly name: string;
  readonly user_id: string;
  readonly owner_id: string | null;
  readonly public_key: ClientPublicKey;
  readonly secret_version: number;
  readonly source_networks: string[];
  readonly live: boolean;
}

const columns = `id, client_id, name, roles, user_id, source_networks::text[] as source_networks, created_at,
  secret_changed_at, expires_at, last_used_at`;

export const insertClient = statement<ClientRow>(
  undefined,
  `insert into oauth_client (organization_id, id, client_id, name, roles, user_id, public_key, expires_at, source_networks, created_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[]::cidr[], $10) returning ${columns}`,
);
export const listClients = statement<ClientRow>(
  'oauth-client.list',
  `select ${columns} from oauth_client where organization_id = $1 order by created_at desc, id desc limit $2 offset $3`,
);
export const countClients = statement<{ total: number }>(
  'oauth-client.count',
  `select count(*)::int as total from oauth_client where organization_id = $1`,
);
export const listClientsOf = statement<ClientRow>(
  'oauth-client.list-of-user',
  `select ${columns} from oauth_client where organization_id = $1 and user_id = $2
    order by created_at desc, id desc limit $3 offset $4`,
);
export const countClientsOf = statement<{ total: number }>(
  'oauth-client.count-of-user',
  `select count(*)::int as total from oauth_client where organization_id = $1 and user_id = $2`,
);
export const clientById = statement<ClientRow>(
  'oauth-client.by-id',
  `select ${columns} from oauth_client where organization_id = $1 and id = $2`,
);
export const holdClient = statement<ClientRow>(
  undefined,
  `select ${columns} from oauth_client where organization_id = $1 and id = $2 for update`,
);
export const replaceKey = statement<ClientRow>(
  undefined,
  `update oauth_client set public_key = $3, secret_version = secret_version + 1, secret_changed_at = now()
    where organization_id = $1 and id = $2 returning ${columns}`,
);
export const deleteClient = statement<never>(
  undefined,
  `delete from oauth_client where organization_id = $1 and id = $2`,
);
/** Nothing of somebody else’s, and nothing that is gone. */
export const deleteOwnClient = statement<ClientRow>(
  undefined,
  `delete from oauth_client where organization_id = $1 and id = $2 and user_id = $3 returning ${columns}`,
);
/** A restored user has none of them back: whoever needs one makes it anew. */
export const deleteClientsOf = statement<ClientRow>(
  'oauth-client.delete-of-users',
  `delete from oauth_client where organization_id = $1 and user_id = any($2::uuid[]) returning ${columns}`,
);

export const askingClient = systemStatement<AskingClientRow>(
  'oauth-client.asking',
  `select c.organization_id, g.slug, c.id, c.name, c.user_id, o.id as owner_id, c.public_key, c.secret_version,
          c.source_networks::text[] as source_networks,
          (c.expires_at is null or c.expires_at > now()) and u.active and u.deleted_at is null
            and not u.invitation_pending and g.account_type <> 'DISABLED' as live
     from oauth_client c
     join organization g on g.id = c.organization_id
     join app_user u on u.organization_id = c.organization_id and u.id = c.user_id
     left join owner o on o.organization_id = c.organization_id and o.user_id = u.id and o.deleted_at is null
    where c.client_id = $1`,
);
/** Refusals that come at once wait for one another here, or each would find nothing recorded. */
export const holdRefusals = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('refused client ' || $1::text || $2::text || $3::text, 0))`,
);
export const refusedLately = statement<{ id: string }>(
  'client.refused-lately',
  `select id from audit_event
    where organization_id = $1 and subject_type = 'client' and subject_id = $2 and action = 'client.refused'
      and after ->> 'because' = $3 and at > now() - interval '1 minute' limit 1`,
);
/** Returns a row the first time only. */
export const useNonce = statement<{ nonce: string }>(
  'used-nonce.insert',
  `insert into used_nonce (organization_id, client_id, nonce, expires_at) values ($1, $2, $3, $4)
   on conflict do nothing returning nonce`,
);
