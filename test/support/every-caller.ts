import {
  commonRights,
  type KeyKind,
  type Permission,
  permissionsFor,
  permissionsOfKey,
  type PrincipalKind,
  rightsFor,
  type Role,
  roles,
} from '@app/access';
import { AccessTokens, hashOfToken, newOpaqueToken } from '@app/auth';
import { newId } from '@app/kernel';
import type { TestApi } from './api.js';
import type { GivenOrganization } from './given.js';

/** One kind of caller, with what the policy table gives it. */
export interface EveryCaller {
  readonly name: string;
  /** Undefined: nobody the server knows. */
  readonly known: { readonly kind: PrincipalKind; readonly permissions: ReadonlySet<Permission> } | undefined;
  /** Makes a credential, as a header line; undefined: none is sent. */
  readonly credential: (organization: GivenOrganization) => Promise<string | undefined>;
}

const keyKinds: readonly KeyKind[] = ['ACCOUNT/VIEW', 'ACCOUNT/MODIFY', 'WORKSPACE/VIEW', 'WORKSPACE/MODIFY'];
const bearer = (token: string) => `authorization: Bearer ${token}`;
const inAnHour = () => new Date(Date.now() + 3_600_000);

/** Everybody who may call: each role and none, impersonations, clients and keys, and those the server does not know. */
export function everyCaller(api: TestApi): EveryCaller[] {
  return [
    { name: 'no token', known: undefined, credential: async () => undefined },
    { name: 'garbage token', known: undefined, credential: async () => bearer('eyJhbGciOiJub25lIn0.e30.') },
    { name: 'garbage key', known: undefined, credential: async () => `x-api-key: ${newOpaqueToken('key')}` },
    ...[...roles.map((role) => [role]), []].map((held) => user(api, held)),
    ...(['ORG_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK'] as const).map((role) => impersonation(api, [role])),
    impersonation(api, []),
    client(api, ['Administrator'], ['Administrator']),
    client(api, ['Administrator'], ['HELPDESK']),
    client(api, ['SOURCE_SUBADMIN'], ['Administrator']),
    client(api, [], ['Administrator']),
    ...keyKinds.map((kind) => key(api, kind)),
  ];
}

function user(api: TestApi, held: readonly Role[]): EveryCaller {
  return {
    name: held[0] ?? 'no role',
    known: { kind: 'user', permissions: permissionsFor(held) },
    credential: async (organization) => bearer((await api.as(held, organization)).token),
  };
}

function impersonation(api: TestApi, held: readonly Role[]): EveryCaller {
  return {
    name: `impersonation of ${held[0] ?? 'no role'}`,
    known: { kind: 'impersonation', permissions: permissionsFor(held) },
    credential: async (organization) => {
      const [actor, target] = [await api.as('Administrator', organization), await api.as(held, organization)];
      const begun = 'select id from session where user_id = $1';
      const [actorSession] = await api.given.sql<{ id: string }>(begun, [actor.user.id]);
      const session = { id: newId(), organization_id: organization.id, user_id: target.user.id, credential_version: 1 };
      const acting = { kind: 'impersonation', actor_user_id: actor.user.id, actor_session_id: actorSession!.id };
      await api.given.insert('session', { ...session, ...acting, expires_at: inAnHour() });
      const claims = { sub: target.user.id, sid: session.id, org: organization.id, act: { sub: actor.user.id } };
      return bearer((await api.app.get(AccessTokens).sign(claims)).token);
    },
  };
}

function client(api: TestApi, ofClient: readonly Role[], ofUser: readonly Role[]): EveryCaller {
  const { permissions } = commonRights(rightsFor(ofClient), rightsFor(ofUser));
  return {
    name: `client with ${ofClient[0] ?? 'no role'} for ${ofUser[0] ?? 'no role'}`,
    known: { kind: 'client', permissions },
    credential: async (organization) => {
      const { user: behind } = await api.as(ofUser, organization);
      const id = newId();
      const row = { organization_id: organization.id, id, client_id: id, name: 'A script', user_id: behind.id };
      await api.given.insert('oauth_client', { ...row, roles: [...ofClient], public_key: '{}' });
      const claims = { sub: behind.id, cid: id, ver: 1, org: organization.id };
      return bearer((await api.app.get(AccessTokens).sign(claims)).token);
    },
  };
}

function key(api: TestApi, kind: KeyKind): EveryCaller {
  const [level, permission] = kind.split('/');
  return {
    name: `key ${kind}`,
    known: { kind: 'key', permissions: permissionsOfKey(kind) },
    credential: async ({ id: organization_id }) => {
      const secret = newOpaqueToken('key');
      const row = { organization_id, id: newId(), name: 'A key', level, permission, prefix: secret.slice(0, 12) };
      await api.given.insert('api_key', { ...row, key_hash: hashOfToken(secret) });
      return `x-api-key: ${secret}`;
    },
  };
}
