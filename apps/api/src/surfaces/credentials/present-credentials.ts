import type { ApiKeyRow, ClientRow } from '@app/auth';

export function presentClient(row: ClientRow) {
  return {
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    roles: row.roles,
    userId: row.user_id,
    sourceNetworks: row.source_networks,
    createdAt: row.created_at,
    secretChangedAt: row.secret_changed_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
  };
}

export function presentApiKey(row: ApiKeyRow) {
  return {
    id: row.id,
    name: row.name,
    level: row.level,
    permission: row.permission,
    prefix: row.prefix,
    createdAt: row.created_at,
    ...(row.created_by !== null && { createdBy: row.created_by }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
  };
}

const text = { type: 'string' };
const id = { type: 'string', format: 'uuid' };
const instant = { type: 'string', format: 'date-time' };
const texts = { type: 'array', items: text };

function objectOf(properties: Readonly<Record<string, object>>, optional: readonly string[]) {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

const client = {
  id,
  clientId: { ...text, example: 'k3w9fq2mzr7hx8pd@idp.example.com/pcc' },
  name: text,
  roles: { ...texts, example: ['AUDITOR'] },
  userId: id,
  sourceNetworks: texts,
  createdAt: instant,
  secretChangedAt: instant,
  expiresAt: instant,
  lastUsedAt: { ...instant, description: 'To the minute.' },
};
const key = {
  id,
  name: text,
  level: { type: 'string', enum: ['ACCOUNT', 'WORKSPACE'] },
  permission: { type: 'string', enum: ['VIEW', 'MODIFY'] },
  prefix: { ...text, description: 'How the key begins.' },
  createdAt: instant,
  createdBy: id,
  expiresAt: instant,
  lastUsedAt: { ...instant, description: 'To the minute.' },
};
const clientOptions = ['expiresAt', 'lastUsedAt'];
const keyOptions = [...clientOptions, 'createdBy'];

export const clientSchema = objectOf(client, clientOptions);
export const apiKeySchema = objectOf(key, keyOptions);
const once = { ...text, description: 'Shown this once.' };
export const newClientSchema = objectOf({ ...client, clientSecret: once }, clientOptions);
export const newApiKeySchema = objectOf({ ...key, key: once }, keyOptions);
export const listSchema = (items: object) =>
  objectOf({ totalCount: { type: 'integer' }, data: { type: 'array', items } }, []);
