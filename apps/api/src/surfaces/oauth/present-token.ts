import type { ClientToken } from '@app/auth';

const scope = 'sp:scopes:all';
/** The vendor's name for the part of its cloud that answers; here there is one. */
const pod = 'ostiary';

/** As published for the connector-owners API. */
export function presentToken({ token, expiresInSeconds }: ClientToken) {
  return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds };
}

/** As clients of the accounts API see it. */
export function presentVendorToken(token: ClientToken) {
  return {
    access_token: token.token,
    token_type: 'bearer',
    expires_in: token.expiresInSeconds,
    scope,
    tenant_id: token.organizationId,
    pod,
    org: token.organizationSlug,
    internal: false,
    strong_auth: false,
    strong_auth_supported: false,
    enabled: true,
    user_id: token.userId,
    ...(token.ownerId !== null && { identity_id: token.ownerId }),
    jti: token.tokenId,
  };
}

export function presentInfo({ id, name, slug }: { id: string; name: string; slug: string }, publicUrl: string) {
  return {
    tenantId: id,
    tenantName: name,
    org: slug,
    pod,
    authorizeEndpoint: `${publicUrl}/oauth/authorize`,
    tokenEndpoint: `${publicUrl}/oauth/token`,
    cloudDomainUrl: publicUrl,
    logoutUrl: `${publicUrl}/api/v1/auth/logout`,
  };
}

const text = { type: 'string' };
const flag = { type: 'boolean' };
const seconds = { type: 'integer', description: 'Seconds.' };

export const tokenSchema = {
  type: 'object',
  required: ['access_token', 'token_type', 'expires_in'],
  properties: { access_token: text, token_type: text, expires_in: seconds },
};

export const vendorTokenSchema = {
  type: 'object',
  required: ['access_token', 'token_type', 'expires_in', 'scope', 'tenant_id', 'pod', 'org', 'user_id', 'jti'],
  properties: {
    access_token: text,
    token_type: text,
    expires_in: seconds,
    scope: text,
    tenant_id: text,
    pod: text,
    org: text,
    internal: flag,
    strong_auth: flag,
    strong_auth_supported: flag,
    enabled: flag,
    user_id: text,
    identity_id: text,
    jti: text,
  },
};

export const infoSchema = {
  type: 'object',
  properties: {
    tenantId: text,
    tenantName: text,
    org: text,
    pod: text,
    authorizeEndpoint: { ...text, description: 'For clients that expect the field: nothing answers there.' },
    tokenEndpoint: text,
    cloudDomainUrl: text,
    logoutUrl: text,
  },
};
