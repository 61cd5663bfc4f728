import type { Client, TestApi } from './api.js';
import { Feed } from './feed.js';
import type { GivenOrganization } from './given.js';

type Json = Record<string, unknown>;

export const hrColumns = 'Id,Name,Mail,Dept,Boss,Status,End';
const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: {
    Id: 'nativeIdentity',
    Name: 'name',
    Mail: 'email',
    Dept: 'attributes.department',
    Boss: 'attributes.manager',
    Status: 'attributes.status',
    End: 'attributes.end',
  },
  ownerMapping: {
    name: 'name',
    email: 'email',
    'attributes.department': 'department',
    'attributes.manager': 'manager',
    'attributes.status': 'status',
    'attributes.end': 'endDate',
  },
};
export const hrFile = (...rows: string[]) => [hrColumns, ...rows].join('\n');

const systemConfig = {
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', mail: 'email', staff: 'identityId' },
};
export const systemFile = (...rows: string[]) => ['login,mail,staff', ...rows].join('\n');

/** An organization with an HR feed and systems, seen as its administrator sees it: over HTTP alone. */
export class HrCompany {
  private constructor(
    readonly api: TestApi,
    readonly organization: GivenOrganization,
    readonly admin: Client,
  ) {}

  static async found(api: TestApi): Promise<HrCompany> {
    const organization = await api.given.organization();
    return new HrCompany(api, organization, await api.as('Administrator', organization));
  }

  hr(config: object = {}, name = 'HR'): Promise<Feed> {
    return Feed.create(this.admin, name, { ...hrConfig, ...config });
  }

  system(name = 'Directory', config: object = {}): Promise<Feed> {
    return Feed.create(this.admin, name, { ...systemConfig, ...config });
  }

  /** Complete owners by identity id, or by name where they have none. */
  async owners(): Promise<Record<string, Json>> {
    const { body } = await this.admin.get('/api/v1/owners?first=250').expect(200);
    const ids: string[] = body.owners.map(({ id }: { id: string }) => id);
    const complete = await Promise.all(ids.map((id) => this.get(`/api/v1/owners/${id}`)));
    return Object.fromEntries(complete.map((owner) => [String(owner['identity_id'] ?? owner['name']), owner]));
  }

  /** One fact of every owner, by identity id. */
  async eachOwner(fact: string): Promise<Json> {
    return Object.fromEntries(Object.entries(await this.owners()).map(([id, owner]) => [id, owner[fact]]));
  }

  /** Accounts by native identity. */
  async accounts(filters = ''): Promise<Record<string, Json>> {
    const { body } = await this.admin.get(`/accounts?filters=${encodeURIComponent(filters)}`).expect(200);
    return Object.fromEntries(body.map((account: Json) => [account['nativeIdentity'], account]));
  }

  get(path: string): Promise<Json> {
    return this.admin
      .get(path)
      .expect(200)
      .then(({ body }) => body);
  }

  /** What the trail says of one subject, oldest first. */
  async trail(subjectId: unknown): Promise<{ action: string; before: Json | null; after: Json | null }[]> {
    return this.api.given.sql(
      `select action, before, after from audit_event where organization_id = $1 and subject_id = $2 order by at, id`,
      [this.organization.id, subjectId],
    );
  }

  /** Leaves an account as somebody who links it by hand leaves it. */
  async linkByHand(accountId: unknown, ownerId: unknown): Promise<void> {
    await this.api.given.sql(
      `update account a set owner_id = o.id, correlation = 'manual', owner_name_key = o.name_key, owner_state = o.status
         from owner o where a.organization_id = $1 and a.id = $2 and o.organization_id = $1 and o.id = $3`,
      [this.organization.id, accountId, ownerId],
    );
  }
}

/** Line and reason of each row that was not, or not wholly, taken over. */
export async function reasons(feed: Feed, run: Json): Promise<string[]> {
  return (await feed.refusedRows(run)).map(({ line, reason }) => `${line} ${reason}`);
}
