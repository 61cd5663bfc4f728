import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '@app/kernel';

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    organizationId: p.uuid(),
    userId: p.uuid(),
    credentialVersion: p.integer(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    expiresAt: p.datetime(3),
    revokedAt: p.datetime(3).nullable(),
  },
});

/** One sign-in. Tokens name it, and die with it or with the password it was opened with. */
export class Session extends SessionSchema.class {}

SessionSchema.setClass(Session);
