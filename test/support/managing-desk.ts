import { newOpaqueToken } from '@app/auth';
import { newId } from '@app/kernel';
import { AccountDesk } from './account-desk.js';
import type { Client, TestApi } from './api.js';
import { GivenOrganization } from './given.js';
import { Trail } from './trail.js';

export const managedPath = '/api/v1/managed-organizations';

/** A managed organization as answers tell it. */
export interface Managed {
  readonly _id: string;
  readonly accountName: string;
  readonly accountType: string;
  readonly slug: string;
  readonly createdTime: string;
}

/** An organization that manages others, its Administrator who calls, and ways to make those others. */
export class ManagingDesk {
  private constructor(
    readonly api: TestApi,
    readonly home: AccountDesk,
  ) {}

  static async open(api: TestApi): Promise<ManagingDesk> {
    const home = await AccountDesk.open(api);
    await api.given.sql(`update organization set name = 'Holding' where id = $1`, [home.organization.id]);
    return new ManagingDesk(api, home);
  }

  get admin(): Client {
    return this.home.admin;
  }

  async make(
    fields: object = {},
  ): Promise<Managed & { readonly accountOwner?: { readonly profileActivateUrl: string } }> {
    const { body } = await this.admin
      .post(managedPath)
      .send({ accountName: 'Subsidiary', ...fields })
      .expect(201);
    return body;
  }

  async suspend({ _id }: Managed): Promise<void> {
    await this.admin.patch(`${managedPath}/${_id}`).send({ accountType: 'DISABLED' }).expect(200);
  }

  async resume({ _id }: Managed): Promise<void> {
    await this.admin.patch(`${managedPath}/${_id}`).send({ accountType: 'MANAGED' }).expect(200);
  }

  /** The rows of a managed organization. */
  rowsOf({ _id }: Managed): GivenOrganization {
    return new GivenOrganization(this.api.given, _id);
  }

  trailOf({ _id }: Managed): Trail {
    return new Trail(this.api.given, _id);
  }

  /** Whoever was invited accepts with this password. */
  async accept(url: string, userName: string, password = 'orbit velvet quarry mango plinth') {
    const token = new URLSearchParams(new URL(url).hash.slice(1)).get('token') ?? newOpaqueToken('invitation');
    const fields = { token, userName, displayName: userName, password };
    return this.api.client().post('/api/v1/directory/invitations/accept').send(fields);
  }

  async login(organization: string, username: string, password = 'orbit velvet quarry mango plinth') {
    return this.api.client().post('/api/v1/auth/login').send({ organization, username, password });
  }

  /** Everything of an organization that somebody else must not change. */
  async stored(organizationId: string): Promise<string> {
    const rows = [];
    for (const table of ['organization', 'app_user', 'user_group', 'role_assignment', 'invitation', 'audit_event']) {
      const column = table === 'organization' ? 'id' : 'organization_id';
      rows.push(
        await this.api.given.sql(`select t::text from ${table} t where ${column} = $1 order by 1`, [organizationId]),
      );
    }
    return JSON.stringify(rows);
  }
}

export const someSlug = () => `s${newId().replaceAll('-', '').slice(-12)}`;
