import { OrganizationService } from '@app/organizations';
import type { Database } from '@app/persistence';
import { CommandError } from './command.js';

/** The organization of that slug, or the server's first one. */
export async function organizationCalled(database: Database, slug: string | undefined): Promise<string> {
  const id = await new OrganizationService(database).findId(slug);
  if (id !== undefined) return id;
  throw new CommandError(
    slug === undefined
      ? 'There is no organization yet: the first start of the server makes one.'
      : `There is no organization with the slug ${JSON.stringify(slug)}.`,
  );
}
