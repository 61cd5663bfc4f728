import { Injectable } from '@nestjs/common';
import { Database, statement, systemStatement } from '@app/persistence';

const bySlug = systemStatement<{ id: string }>(
  'organization.by-slug',
  `select id from organization where slug = $1 and account_type <> 'DISABLED'`,
);
const first = systemStatement<{ id: string }>(
  'organization.first',
  `select id from (select id, account_type from organization where parent_id is null order by created_at, id limit 1) oldest
    where account_type <> 'DISABLED'`,
);

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
    return this.database.asSystem('a login names its organization before anybody is known', async (system) => {
      const [found] = slug === undefined ? await system.query(first) : await system.query(bySlug, [slug]);
      return found?.id;
    });
  }

  async namesOf(organizationId: string): Promise<OrganizationNames | undefined> {
    const [found] = await this.database.query({ organizationId }, names);
    return found;
  }
}
