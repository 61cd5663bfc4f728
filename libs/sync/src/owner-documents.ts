import { absentMark } from '@app/owners';

/** What a staged row `s` says of a person, as a record `f`. */
export const ownerFields = `jsonb_to_record(s.owner_fields) as f(name text, name_key text, email text, email_key text,
  alt_email text, alt_email_key text, department text, department_key text, title text, title_key text, location text,
  owner_type text, employment_type text, status text, identity_id text, mobile_phone text, phone text, start_date date,
  end_date date, metadata jsonb, search_keys jsonb)`;

/** Marks an owner without the address that his row has: he is written again once nobody else has it. */
export const lostEmailMark = `''::bytea`;
export const gaveUpEmail = `coalesce(s.owner_fields ? 'email_given_up', false)`;
export const ownerDigest = `case when ${gaveUpEmail} then ${lostEmailMark} else decode(md5(s.owner_fields::text), 'hex') end`;

const mappable = [
  'name',
  'name_key',
  'email',
  'email_key',
  'alt_email',
  'alt_email_key',
  'department',
  'department_key',
  'title',
  'title_key',
  'location',
  'owner_type',
  'employment_type',
  'status',
  'mobile_phone',
  'phone',
  'start_date',
  'end_date',
] as const;

export const statusNow = `case when s.owner_fields ? 'status' then coalesce(f.status, o.status, 'active')
  when o.source_hash = ${absentMark} then 'active' else coalesce(o.status, 'active') end`;
const metadataNow = `jsonb_strip_nulls(coalesce(o.metadata, '{}') || coalesce(f.metadata, '{}'))`;

function valueNow(column: (typeof mappable)[number]): string {
  if (column === 'status') return statusNow;
  if (column === 'owner_type') {
    return `case when s.owner_fields ? 'owner_type' then coalesce(f.owner_type, o.owner_type, 'human') else coalesce(o.owner_type, 'human') end`;
  }
  return `case when s.owner_fields ? '${column}' then f.${column} else o.${column} end`;
}

/** What a row does to its owner `o`; what the connector does not map stays. */
export const ownerAssignments = [
  ...mappable.map((column) => `${column} = ${valueNow(column)}`),
  `metadata = ${metadataNow}`,
  `search_keys = jsonb_strip_nulls(o.search_keys || coalesce(f.search_keys, '{}'))`,
  'identity_id = f.identity_id, identity_key = s.identity_key',
].join(', ');

const shown = mappable.filter((column) => !column.endsWith('_key'));
function document(valueOf: (column: (typeof mappable)[number]) => string, identity: string, metadata: string): string {
  const fields = shown.map((column) => `'${column}', ${valueOf(column)}`).join(', ');
  return `jsonb_build_object(${fields}, 'identity_id', ${identity}, 'metadata', ${metadata})`;
}

/** An owner `o` as he is, and as he will be. */
export const ownerDocument = document((column) => `o.${column}`, 'o.identity_id', 'o.metadata');
export const ownerDocumentNow = document(valueNow, 'f.identity_id', metadataNow);
