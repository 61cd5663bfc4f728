import type { OpenAPIObject } from '@nestjs/swagger';

export type Fields = Readonly<Record<string, unknown>>;
export type Body = Fields | readonly Fields[];

/** As much of a published schema as says which fields a body has. */
export interface BodySchema {
  readonly $ref?: string;
  readonly readOnly?: boolean;
  readonly properties?: Readonly<Record<string, BodySchema>>;
  readonly items?: BodySchema;
  /** A schema here: names are whatever its client calls things by, and this is what values are. */
  readonly additionalProperties?: boolean | object;
}

const word = 'planted-by-a-stranger';
const id = '01890a5d-ac96-774b-bcce-0bad0bad0bad';
const number = 1_618_033;
const instant = '2097-11-12T13:14:15.167Z';

/** By which a value that was taken is known again, wherever it went. */
export const traces = [word, id, String(number), '2097-11-12'];

/** What decides who somebody is, whose he is, or what he may: no body gives it. */
export const foreign: Fields = {
  _id: id,
  id,
  organizationId: id,
  organization_id: id,
  tenantId: id,
  credentialVersion: number,
  passwordHash: `$argon2id$${word}`,
  password_hash: `$argon2id$${word}`,
  system: true,
  isSystem: true,
  systemUser: true,
  roles: ['Administrator'],
  permissions: ['users:impersonate'],
  createdBy: id,
  _created: instant,
  _modified: instant,
  deleted: instant,
  deletedAt: instant,
  inactiveReason: word,
  invitationPending: true,
  temporarilyLocked: true,
  lastLogonAt: instant,
  failedAttempts: number,
  lockedUntil: instant,
  act: { sub: id },
  ['__proto__']: { isSystem: true, id, note: word },
  constructor: { prototype: { isSystem: true, id, note: word } },
};

interface Planted {
  readonly field: string;
  /** Where it stands, as `connector.roles`. */
  readonly at: string;
  readonly body: Body;
  /** The document names it as one that is only read: it may be sent, and is looked past. */
  readonly readOnly: boolean;
}

interface Planting {
  readonly at?: string;
  readonly added?: Fields;
}

/** The body with one foreign field more, at each object in it in turn. What the document lets a client write is none. */
export function withForeign(
  body: Body,
  schema: BodySchema | undefined,
  document: OpenAPIObject,
  { at = '', added = foreign }: Planting = {},
): Planted[] {
  if (isList(body)) {
    return body.flatMap((item, i) =>
      withForeign(item, schema?.items, document, { at: `${at}${i}.`, added }).map((planted) => ({
        ...planted,
        body: body.with(i, planted.body as Fields),
      })),
    );
  }
  const fields = fieldsOf(schema, document);
  const here = Object.entries(added)
    .filter(([field]) => !Object.hasOwn(fields, field) || fields[field]!.readOnly)
    .map(([field, value]) => {
      const readOnly = Object.hasOwn(fields, field);
      return { field, at: `${at}${field}`, body: withField(body, field, value), readOnly };
    });
  return [...here, ...Object.keys(body).flatMap((name) => inside(body, name, fields[name], document, { at, added }))];
}

function inside(
  body: Fields,
  name: string,
  schema: BodySchema | undefined,
  document: OpenAPIObject,
  { at, added }: Required<Planting>,
) {
  const value = body[name];
  if (value === null || typeof value !== 'object' || (isList(value) && typeof value[0] !== 'object')) return [];
  if (typeof schema?.additionalProperties === 'object') return [];
  return withForeign(value as Body, schema, document, { at: `${at}${name}.`, added }).map((planted) => ({
    ...planted,
    body: withField(body, name, planted.body),
  }));
}

/** The fields an object is published with; of one whose fields are free, none. */
function fieldsOf(schema: BodySchema | undefined, document: OpenAPIObject): Readonly<Record<string, BodySchema>> {
  if (schema?.$ref === undefined) return schema?.properties ?? {};
  return fieldsOf(document.components?.schemas?.[schema.$ref.split('/').at(-1)!], document);
}

/** A copy that may have a field of any name as its own. */
export function withField(body: Fields, field: string, value: unknown): Fields {
  return Object.defineProperty({ ...body }, field, { value, enumerable: true });
}

function isList(value: unknown): value is readonly Fields[] {
  return Array.isArray(value);
}
