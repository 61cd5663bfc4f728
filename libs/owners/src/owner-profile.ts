import { parseEmail, parseIfNew, type ParseText, parseUserText } from '@app/directory';
import { foldOrNull, InvalidError, searchKeysOf } from '@app/kernel';
import { parseInstant } from '@app/query';
import { mergeMetadata } from './owner-metadata.js';
import type { OwnerRecord } from './owner-rows.js';

type Writable = Omit<OwnerRecord, 'id' | 'created_at' | 'updated_at' | 'source_id'>;
/** What may be written of an owner: all but where he came from and when. */
export type OwnerProfile = { readonly [K in keyof Writable]: Writable[K] };

/** What is to be another. Absent: left as it is; null takes a value away, of metadata each by its key. */
export type OwnerChanges = { readonly [K in keyof OwnerProfile]?: OwnerProfile[K] | undefined };

/** An owner of whom nothing is known yet. */
export const unknownOwner: OwnerProfile = {
  name: '',
  email: null,
  alt_email: null,
  department: null,
  title: null,
  location: null,
  owner_type: 'human',
  employment_type: null,
  status: 'active',
  manager_id: null,
  identity_id: null,
  mobile_phone: null,
  phone: null,
  start_date: null,
  end_date: null,
  metadata: {},
};

type OptionalText = {
  [K in keyof OwnerProfile]: OwnerProfile[K] extends string | null ? (null extends OwnerProfile[K] ? K : never) : never;
}[keyof OwnerProfile];

/** The owner with the changes, as he is stored, or a refusal that names the field. What is stored already is not judged anew. */
export function changedProfile(now: OwnerProfile, changes: OwnerChanges): OwnerProfile {
  const optional = (field: OptionalText, parse: ParseText) => {
    const sent = changes[field];
    if (sent === undefined) return now[field];
    return sent === null ? null : parseIfNew(parse, field, sent, now[field]);
  };
  /** Blank is no value, as in files. */
  const text = (field: OptionalText) => (changes[field]?.trim() === '' ? null : optional(field, parseUserText));
  const next: OwnerProfile = {
    name: changes.name === undefined ? now.name : parseIfNew(parseUserText, 'name', changes.name, now.name),
    email: optional('email', parseEmail),
    alt_email: optional('alt_email', parseEmail),
    department: text('department'),
    title: text('title'),
    location: text('location'),
    owner_type: changes.owner_type ?? now.owner_type,
    employment_type: text('employment_type'),
    status: changes.status ?? now.status,
    manager_id: optional('manager_id', (_, sent) => sent.toLowerCase()),
    identity_id: text('identity_id'),
    mobile_phone: text('mobile_phone'),
    phone: text('phone'),
    start_date: optional('start_date', parseDay),
    end_date: optional('end_date', parseDay),
    metadata: changes.metadata === undefined ? now.metadata : mergeMetadata(now.metadata, changes.metadata),
  };
  requireAddress(now, next);
  requireOrder(now, next);
  return next;
}

/** A run may make a human without an address, who can be changed as others can; nobody else makes one. */
function requireAddress(now: OwnerProfile, next: OwnerProfile): void {
  const was = now !== unknownOwner && now.owner_type === 'human' && now.email === null;
  if (next.owner_type === 'human' && next.email === null && !was) {
    throw InvalidError.field('email', 'email is required of a human.');
  }
}

function requireOrder(now: OwnerProfile, next: OwnerProfile): void {
  const same = now.start_date === next.start_date && now.end_date === next.end_date;
  if (same || next.start_date === null || next.end_date === null || next.end_date >= next.start_date) return;
  throw InvalidError.field('end_date', 'end_date must not be before start_date.');
}

function parseDay(field: string, sent: string): string {
  const day = sent.trim();
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(day) && parseInstant(`${day}T00:00:00Z`)) return day;
  throw InvalidError.field(field, `${field} must be a day there is, as YYYY-MM-DD.`);
}

const fields = Object.keys(unknownOwner) as (keyof OwnerProfile)[];

/** Of a wider row. */
export function profileOf(row: OwnerProfile): OwnerProfile {
  return pick(row, fields) as OwnerProfile;
}

export function pick(profile: OwnerProfile, some: readonly (keyof OwnerProfile)[]): Partial<OwnerProfile> {
  return Object.fromEntries(some.map((field) => [field, profile[field]]));
}

/** Names of what differs. */
export function fieldsThatDiffer(now: OwnerProfile, next: OwnerProfile): (keyof OwnerProfile)[] {
  return fields.filter((field) =>
    field === 'metadata' ? !sameMetadata(now.metadata, next.metadata) : now[field] !== next[field],
  );
}

function sameMetadata(now: OwnerProfile['metadata'], next: OwnerProfile['metadata']): boolean {
  const names = Object.keys(next);
  return names.length === Object.keys(now).length && names.every((name) => now[name] === next[name]);
}

/** What the trail tells of an owner as a whole: nothing of what has no value; who his manager is, is told apart. */
export function documentOf({
  manager_id: _manager,
  metadata,
  ...rest
}: OwnerProfile): Readonly<Record<string, unknown>> {
  const held = Object.entries(rest).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(held), ...(Object.keys(metadata).length > 0 && { metadata }) };
}

const folded = ['name', 'email', 'alt_email', 'department', 'title'] as const;
const plain = fields.filter((field) => field !== 'metadata');

/** The columns a profile is stored in, folded twins among them, in the order of `profileValues`. */
export const profileColumns = [
  ...plain,
  ...folded.map((field) => `${field}_key`),
  'identity_key',
  'metadata',
  'search_keys',
];

export function profileValues(profile: OwnerProfile): unknown[] {
  const { location, employment_type: employmentType, phone, mobile_phone: mobilePhone, metadata } = profile;
  const keys = searchKeysOf({ location, employmentType, phone, mobilePhone, metadata });
  const held = Object.entries(keys).filter(([, key]) => key !== null);
  return [
    ...plain.map((field) => profile[field]),
    ...[...folded, 'identity_id' as const].map((field) => foldOrNull(profile[field])),
    JSON.stringify(metadata),
    JSON.stringify(Object.fromEntries(held)),
  ];
}
