export interface PurgedNames {
  readonly id: string;
  /** Whatever he was called: his wherever his id stands beside it. */
  readonly names: ReadonlySet<string>;
  /** What nobody else is called at the same time, such as an address. */
  readonly handles: ReadonlySet<string>;
  /** Who he was to providers. */
  readonly subjects: ReadonlySet<string>;
}

type Told = Readonly<Record<string, unknown>> | null;

export interface TellingEvent {
  readonly subject_type: string;
  readonly before: Told;
  readonly after: Told;
}

/** Records of persons may hold the same values for reasons of their own: without his id, they tell of somebody else. */
const persons: readonly string[] = ['user', 'owner', 'account'];

/** Without his id beside it, a word is a user name or a subject only where it is called one; an address is one anywhere. */
const userNameKeys: readonly string[] = ['userName', 'username'];

type IsHis = (text: string, key: string) => boolean;

/** An event of another subject without the names of the purged; undefined where it tells none. */
export function withoutNames<E extends TellingEvent>(event: E, purged: PurgedNames): E | undefined {
  const { id, names, handles, subjects } = purged;
  const known = mentions([event.before, event.after], id);
  if (!known && persons.includes(event.subject_type)) return undefined;
  const isHis: IsHis = known
    ? (text) => names.has(text)
    : (text, key) =>
        (handles.has(text) && (text.includes('@') || userNameKeys.includes(key))) ||
        (key === 'subject' && subjects.has(text));
  const before = blanked(event.before, { id, isHis, key: '' }) as Told;
  const after = blanked(event.after, { id, isHis, key: '' }) as Told;
  const same = JSON.stringify([before, after]) === JSON.stringify([event.before, event.after]);
  return same ? undefined : { ...event, before, after };
}

function mentions(value: unknown, id: string): boolean {
  if (typeof value !== 'object' || value === null) return value === id;
  return Object.values(value).some((inner) => mentions(inner, id));
}

/** What stands beside another's id is another's, whatever it says. */
function blanked(value: unknown, at: { readonly id: string; readonly isHis: IsHis; readonly key: string }): unknown {
  if (typeof value === 'string') return at.isHis(value, at.key) ? null : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => blanked(inner, at));
  const whose = (value as { readonly id?: unknown }).id;
  if (typeof whose === 'string' && whose !== at.id) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, blanked(inner, { ...at, key })]));
}
