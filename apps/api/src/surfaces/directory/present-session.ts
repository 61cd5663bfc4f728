import type { SessionRow, SignedIn } from '@app/auth';

export function presentSignedIn({ token, expiresInSeconds, refreshToken }: SignedIn) {
  return { token, expiresIn: expiresInSeconds, refreshToken };
}

/** `impersonatedBy` tells the user who acts as him at this moment. */
export function presentSession(row: SessionRow, currentId: string | null) {
  return {
    id: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    current: row.id === currentId,
    ...(row.address !== null && { address: row.address }),
    ...(row.user_agent !== null && { userAgent: row.user_agent }),
    ...(row.actor_id !== null && { impersonatedBy: { id: row.actor_id, name: row.actor_name } }),
  };
}

const instant = { type: 'string', format: 'date-time' };

export const sessionListSchema = {
  type: 'object',
  required: ['totalCount', 'data'],
  properties: {
    totalCount: { type: 'integer' },
    data: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'createdAt', 'lastUsedAt', 'expiresAt', 'current'],
        properties: {
          id: { type: 'string', format: 'uuid' },
          createdAt: instant,
          lastUsedAt: instant,
          expiresAt: instant,
          current: { type: 'boolean', description: 'Whether it is the session of this request.' },
          address: { type: 'string' },
          userAgent: { type: 'string' },
          impersonatedBy: {
            type: 'object',
            description: 'Who acts as this user in it.',
            properties: { id: { type: 'string', format: 'uuid' }, name: { type: 'string' } },
          },
        },
      },
    },
  },
};

export const signedInSchema = {
  type: 'object',
  required: ['token', 'expiresIn'],
  properties: {
    token: { type: 'string' },
    expiresIn: { type: 'integer', description: 'Seconds.' },
    refreshToken: { type: 'string', description: 'Good once, for the next token; a client may ignore it.' },
  },
};
