import type { AuditEventRow } from '@app/audit';

/** What an entry may say was done. */
export const trailActions = [
  'owner_created',
  'owner_updated',
  'owner_deleted',
  'owner_restored',
  'manager_changed',
  'status_changed',
  'role_added',
  'role_removed',
  'account_added',
  'account_removed',
  'user_linked',
  'user_released',
  'synced',
] as const;

interface Entry {
  readonly timestamp: string;
  readonly action: (typeof trailActions)[number];
  /** A sentence. */
  readonly details: string;
}

type Told = Pick<AuditEventRow, 'at' | 'action' | 'actor_type' | 'before' | 'after'>;
type Line = Omit<Entry, 'timestamp'>;

/** The words of each event that is one entry. */
const sentences: Readonly<Record<string, (event: Told) => Line>> = {
  'owner.created': () => ({ action: 'owner_created', details: 'Owner created' }),
  'owner.deleted': () => ({ action: 'owner_deleted', details: 'Owner deleted' }),
  'owner.restored': () => ({ action: 'owner_restored', details: 'Owner restored' }),
  'owner.accountAdded': ({ after }) => ({
    action: 'account_added',
    details: `Account ${named(after, 'accountId')}linked to owner`,
  }),
  'owner.accountRemoved': ({ before }) => ({
    action: 'account_removed',
    details: `Account ${named(before, 'accountId')}unlinked from owner`,
  }),
  'owner.roleAdded': ({ after }) => ({ action: 'role_added', details: `Role ${roleIn(after)}added` }),
  'owner.roleRemoved': ({ before }) => ({ action: 'role_removed', details: `Role ${roleIn(before)}removed` }),
  'owner.userLinked': ({ after }) => ({
    action: 'user_linked',
    details: `User ${named(after, 'userId')}linked to owner`,
  }),
  'owner.userReleased': ({ before }) => ({
    action: 'user_released',
    details: `User ${named(before, 'userId')}unlinked from owner`,
  }),
};

/** Events of an owner, newest first, as entries: one that tells of several kinds of change is several. */
export function presentTrail(events: readonly Told[], limit: number): Entry[] {
  return events
    .flatMap((event) => {
      const written = sentences[event.action];
      // A run may bring somebody back and change him at once.
      const changes = !written || (event.action === 'owner.restored' && event.before) ? linesOfChanges(event) : [];
      const lines = written ? [written(event), ...changes] : changes;
      return lines.map((line) => ({ timestamp: event.at, ...line }));
    })
    .slice(0, limit);
}

function linesOfChanges(event: Told): Line[] {
  const { before, after, actor_type: actor } = event;
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const lineOf = (action: Line['action'], ofThese: readonly string[]): Line[] => {
    if (ofThese.length === 0) return [];
    const changes = ofThese.map((field) => changeOf(field, before?.[field] ?? null, after?.[field] ?? null)).join('; ');
    return [{ action, details: changes.charAt(0).toUpperCase() + changes.slice(1) }];
  };
  const apart = ['status', 'managerId'];
  return [
    ...lineOf(
      actor === 'sync' ? 'synced' : 'owner_updated',
      fields.filter((field) => !apart.includes(field)),
    ),
    ...lineOf(
      'status_changed',
      fields.filter((field) => field === 'status'),
    ),
    ...lineOf(
      'manager_changed',
      fields.filter((field) => field === 'managerId'),
    ),
  ];
}

/** Of a person who was purged, nothing is left but that there was a change. */
function changeOf(field: string, from: unknown, to: unknown): string {
  const name = field === 'managerId' ? 'manager' : field.replaceAll('_', ' ');
  if (!isTextOrNull(from) || !isTextOrNull(to) || from === to) return `${name} changed`;
  if (from === null) return `${name} set to ${to}`;
  return to === null ? `${name} ${from} removed` : `${name} changed from ${from} to ${to}`;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function named(told: Told['before'], key: string): string {
  const id = told?.[key];
  return typeof id === 'string' ? `${id} ` : '';
}

function roleIn(told: Told['before']): string {
  const role = told?.['role'];
  if (typeof role !== 'object' || role === null || !('name' in role)) return '';
  return typeof role.name === 'string' ? `${role.name} ` : '';
}
