import { Injectable } from '@nestjs/common';
import { Database, statement, systemStatement } from '@app/persistence';

/** Text that finds the id of a slug's organization, unless it is suspended. */
export const organizationBySlug = (slug: string) =>
  `select id from organization where slug = ${slug} and account_type <> 'DISABLED'`;
/** Text that finds the id of the server's first organization, unless it is suspended. */
export const firstOrganization = `select id from (
  select id, account_type from organization where parent_id is null order by created_at, id limit 1) oldest
   where account_type <> 'DISABLED'`;

const bySlug = systemStatement<{ id: string }>('organization.by-slug', organizationBySlug('$1'));
const first = systemStatement<{ id: string }>('organization.first', firstOrganization);

interface OrganizationNames {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
}

const names = statement<OrganizationNames>(
  'organization.names',
  `select id, name, slug from organization where id = $1`,
);

@Injectable()
export class OrganizationService {
  constructor(private readonly database: Database) {}

  /** The organization of that slug, or the server's first one when none is named; unless it is suspended. */
  async findId(slug: string | undefined): Promise<string | undefined> {
    return this.database.asSystem('a slug names an organization before anybody is known', async (system) => {
      const [found] = slug === undefined ? await system.query(first) : await system.query(bySlug, [slug]);
      return found?.id;
    });
  }

  async namesOf(organizationId: string): Promise<OrganizationNames | undefined> {
    const [found] = await this.database.query({ organizationId }, names);
    return found;
  }
}
