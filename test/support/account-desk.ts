import supertest from 'supertest';
import type { KeyKind } from '@app/access';
import { hashOfToken, newOpaqueToken } from '@app/auth';
import { newId } from '@app/kernel';
import type { Client, TestApi } from './api.js';
import type { GivenOrganization, Row } from './given.js';
import { Trail } from './trail.js';

export const accountPath = '/api/v1/owners/account';

type KeyMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type KeyClient = Record<KeyMethod, (path: string) => supertest.Test> & { readonly keyId: string };

/** Somebody as an answer shows him. */
export interface Shown {
  readonly user: string;
  readonly name?: { readonly first?: string; readonly last?: string };
  readonly lastLoginTime?: string;
  readonly profileActivateUrl?: string;
}

/** An organization of a test's own, with who answers for its account and an Administrator who calls. */
export class AccountDesk {
  private constructor(
    readonly api: TestApi,
    readonly organization: GivenOrganization,
    readonly owner: Row,
    readonly admin: Client,
    readonly trail: Trail,
  ) {}

  static async open(api: TestApi): Promise<AccountDesk> {
    const organization = await api.given.organization();
    const owner = await organization.user({ user_name: 'the owner', email: 'owner@example.com' });
    await api.givePassword(organization, owner, newId());
    const group = newId();
    const columns = { id: group, organization_id: organization.id, name: 'Administrators', name_key: 'administrators' };
    await api.given.insert('user_group', { ...columns, system: true });
    await api.given.insert('membership', { organization_id: organization.id, group_id: group, user_id: owner.id });
    const role = { organization_id: organization.id, group_id: group, role: 'Administrator' };
    await api.given.insert('role_assignment', role);
    const answering = 'update organization set account_owner_user_id = $2 where id = $1';
    await api.given.sql(answering, [organization.id, owner.id]);
    const admin = await api.as('Administrator', organization, { user_name: 'boss', email: 'boss@example.com' });
    return new AccountDesk(api, organization, owner, admin, new Trail(api.given, organization.id));
  }

  async systemGroup(): Promise<string> {
    const text = 'select id from user_group where organization_id = $1 and system';
    return (await this.api.given.sql(text, [this.organization.id]))[0]!.id;
  }

  async key(kind: KeyKind = 'ACCOUNT/MODIFY'): Promise<KeyClient> {
    const [level, permission] = kind.split('/');
    const secret = newOpaqueToken('key');
    const keyId = newId();
    const row = { organization_id: this.organization.id, id: keyId, name: 'A script', level, permission };
    await this.api.given.insert('api_key', { ...row, prefix: secret.slice(0, 8), key_hash: hashOfToken(secret) });
    const send = (method: KeyMethod) => (path: string) =>
      supertest(this.api.server)[method](path).set('x-api-key', secret);
    const [get, post, put, patch, remove] = (['get', 'post', 'put', 'patch', 'delete'] as const).map(send);
    return { get: get!, post: post!, put: put!, patch: patch!, delete: remove!, keyId };
  }

  /** Somebody who is there, by his address. */
  async person(name: string, columns: Readonly<Record<string, unknown>> = {}): Promise<Row> {
    return this.organization.user({ user_name: name, email: `${name}@example.com`, ...columns });
  }

  async put(body: object, query = '') {
    return this.admin.put(`${accountPath}${query}`).send(body);
  }

  /** Administrators as they are listed. */
  async administrators(): Promise<string[]> {
    const { body } = await this.admin.get(`${accountPath}?attr=administrators`).expect(200);
    return usersIn(body.administrators);
  }

  /** Names of groups with who is in them. */
  async groups(): Promise<Record<string, string[]>> {
    const { body } = await this.admin.get(`${accountPath}?attr=groups`).expect(200);
    return Object.fromEntries(
      body.groups.map(({ name, users }: { name: string; users: Shown[] }) => [name, usersIn(users)]),
    );
  }

  /** Everything that a refused request must leave as it was. */
  async state(): Promise<string> {
    const tables = ['user_group', 'membership', 'role_assignment', 'invitation', 'outgoing_mail', 'app_user'];
    const rows = [];
    for (const table of tables) {
      const text = `select to_jsonb(t) - 'last_used_at' as row from ${table} t where organization_id = $1 order by 1`;
      rows.push(await this.api.given.sql(text, [this.organization.id]));
    }
    rows.push(await this.api.given.sql('select name from organization where id = $1', [this.organization.id]));
    return JSON.stringify(rows);
  }
}

export function usersIn(people: readonly Shown[]): string[] {
  return people.map(({ user }) => user);
}

export function emails(names: readonly string[]): { user: string }[] {
  return names.map((name) => ({ user: `${name}@example.com` }));
}
