import { ChangeSetType, type EventSubscriber, type FlushEventArgs, helper } from '@mikro-orm/core';

export const tenantFilter = 'organization';

/**
 * First lock: every read of an entity is narrowed to the organization of its entity manager. It fails closed: without
 * the argument MikroORM throws, and an entity that names no organization is not readable at all.
 */
export const tenantFilterDefinition = {
  name: tenantFilter,
  default: true,
  strict: true,
  cond: (
    args: Record<string, unknown>,
    _type: string,
    em: { getMetadata(): { getByClassName(name: string): { properties: Record<string, unknown> } } },
    _options: unknown,
    entityName?: string,
  ) => {
    const { properties } = em.getMetadata().getByClassName(entityName ?? '');
    if ('organizationId' in properties) return { organizationId: args['id'] };
    if (entityName === 'Organization') return { id: args['id'] };
    throw new Error(`${entityName} belongs to no organization: read it with a system statement`);
  },
};

/**
 * Second lock: a flush refuses rows of another organization, and changes of entities that were never loaded (a
 * reference made from an id skips the filter).
 */
export class TenantSubscriber implements EventSubscriber {
  onFlush({ em, uow }: FlushEventArgs): void {
    const organizationId = em.getFilterParams<{ id?: string }>(tenantFilter)?.id;
    if (!organizationId) throw new Error('a flush outside any organization');

    for (const change of uow.getChangeSets()) {
      const entity = change.entity as { organizationId?: string; id?: string };
      if (change.type !== ChangeSetType.CREATE && !helper(change.entity).__initialized) {
        throw new Error(`a change of a ${change.meta.className} that was never loaded`);
      }
      const belongsTo = change.meta.className === 'Organization' ? entity.id : entity.organizationId;
      const original = change.originalEntity as { organizationId?: string } | undefined;
      if (belongsTo !== organizationId || (original?.organizationId ?? organizationId) !== organizationId) {
        throw new Error(`a ${change.meta.className} of another organization`);
      }
    }
  }
}
