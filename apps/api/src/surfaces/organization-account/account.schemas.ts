import { accountLimits } from '@app/administration';
import { managedTypes } from '@app/organizations';

const text = { type: 'string' } as const;
const id = { type: 'string', format: 'uuid' } as const;
const accountTypeSchema = { ...text, enum: ['STANDARD', 'MANAGED', 'TRIAL', 'DISABLED'] } as const;
const instant = { type: 'string', format: 'date-time' } as const;

const nameSchema = { type: 'object', required: [], properties: { first: text, last: text } } as const;

const personSchema = {
  type: 'object',
  required: ['user'],
  properties: {
    user: { ...text, description: 'The e-mail address, in small letters; the user name of whoever has none.' },
    name: nameSchema,
    lastLoginTime: instant,
    profileActivateUrl: { ...text, description: 'Of a profile that this request made. Shown this once.' },
  },
} as const;

export const groupSchema = {
  type: 'object',
  properties: { _id: id, name: text, users: { type: 'array', items: personSchema } },
} as const;

export const groupsSchema = { type: 'array', items: groupSchema } as const;

/** Nothing is required, for `attr` may take anything away. */
export const accountSchema = {
  type: 'object',
  required: [],
  properties: {
    _class: { ...text, enum: ['io.eagle.models.owner.Owner'] },
    _id: id,
    accountName: text,
    accountType: accountTypeSchema,
    administrators: { type: 'array', items: personSchema },
    categories: {
      type: 'array',
      items: { type: 'object', properties: { name: text, index: { type: 'integer' }, _id: id } },
    },
    createdTime: instant,
    groups: groupsSchema,
    quality: { type: 'object', additionalProperties: true },
    slug: text,
  },
} as const;

const figure = { type: 'number', minimum: 0, description: 'At most 4 decimals.' } as const;
const ratesSchema = {
  type: 'object',
  properties: {
    attachmentsource: figure,
    datasource: { type: 'object', properties: { small: figure, medium: figure, large: figure } },
    sms: figure,
  },
} as const;
const totalSchema = { type: 'object', properties: { usage: figure, usageLimit: figure } } as const;

export const usageSchema = {
  type: 'object',
  properties: {
    rates: ratesSchema,
    total: { type: 'object', properties: { source: totalSchema, sms: totalSchema } },
    accounts: {
      type: 'array',
      items: {
        type: 'object',
        properties: { _id: id, accountName: text, accountType: accountTypeSchema, usage: ratesSchema },
      },
    },
  },
} as const;

const managedFields = {
  _id: id,
  accountName: text,
  accountType: accountTypeSchema,
  slug: text,
  createdTime: instant,
} as const;
export const managedOrganizationSchema = { type: 'object', properties: managedFields } as const;

export const madeOrganizationSchema = {
  type: 'object',
  required: ['_id', 'accountName', 'accountType', 'slug', 'createdTime'],
  properties: { ...managedFields, accountOwner: personSchema },
} as const;

export const managingTokenSchema = {
  type: 'object',
  properties: { token: text, expiresIn: { type: 'integer', description: 'Seconds.', example: 900 } },
} as const;

export const managedOrganizationsSchema = {
  type: 'object',
  properties: {
    organizations: { type: 'array', items: managedOrganizationSchema },
    pageInfo: {
      type: 'object',
      properties: { hasNextPage: { type: 'boolean' }, endCursor: { type: 'string', nullable: true } },
    },
  },
} as const;

/** Somebody as a request names him. */
const namedPerson = {
  type: 'object',
  required: ['user'],
  properties: {
    user: { ...text, maxLength: 320, example: 'new@company.com' },
    name: { type: 'object', properties: { first: { ...text, maxLength: 120 }, last: { ...text, maxLength: 120 } } },
    phone: { ...text, example: '+61000000001' },
    timezone: { ...text, example: 'Australia/Sydney' },
    timezoneAdjustForDst: { type: 'boolean' },
    timeFormat: { ...text, maxLength: 64, example: 'YYYY-MM-DD HH:mm:ss' },
    lastLoginTime: { ...instant, readOnly: true },
    profileActivateUrl: { ...text, readOnly: true },
  },
} as const;

const usersOfGroup = { type: 'array', maxItems: accountLimits.usersOfGroup, items: namedPerson } as const;
const groupName = { ...text, maxLength: 256 } as const;

export const accountBodySchema = {
  type: 'object',
  properties: {
    accountName: { ...text, maxLength: 128 },
    administrators: { type: 'array', maxItems: accountLimits.administrators, items: namedPerson },
    groups: {
      type: 'array',
      maxItems: accountLimits.groups,
      items: {
        type: 'object',
        required: ['users'],
        properties: { _id: id, name: groupName, users: usersOfGroup },
      },
    },
  },
} as const;

export const newGroupsBodySchema = {
  type: 'array',
  minItems: 1,
  maxItems: accountLimits.groups,
  items: { type: 'object', required: ['name', 'users'], properties: { name: groupName, users: usersOfGroup } },
} as const;

export const groupBodySchema = {
  type: 'object',
  properties: { _id: { ...text, description: 'That of the path.' }, name: groupName, users: usersOfGroup },
} as const;

export const newManagedOrganizationSchema = {
  type: 'object',
  required: ['accountName'],
  properties: {
    accountName: { ...text, maxLength: 128 },
    accountType: { ...text, enum: ['MANAGED', 'TRIAL'], default: 'MANAGED' },
    slug: { ...text, pattern: '^[a-z0-9]{3,32}$', description: 'Left out, one is made. Not www, api and the like.' },
    accountOwner: { ...namedPerson, description: 'Who answers for its account. He is invited.' },
  },
} as const;

export const managedOrganizationBodySchema = {
  type: 'object',
  properties: {
    accountName: { ...text, maxLength: 128 },
    accountType: { ...text, enum: managedTypes, description: 'DISABLED suspends it.' },
  },
} as const;
