import { defineEntity, p } from '@mikro-orm/core';

const CredentialSchema = defineEntity({
  name: 'Credential',
  tableName: 'credential',
  properties: {
    userId: p.uuid().primary(),
    organizationId: p.uuid(),
    passwordHash: p.text().hidden(),
    mustChange: p.boolean().default(false),
    changedAt: p.datetime(3).onCreate(() => new Date()),
  },
});

/** A user's password, as an argon2id hash in PHC text. */
export class Credential extends CredentialSchema.class {
  static of(organizationId: string, userId: string, passwordHash: string): Credential {
    const credential = new Credential();
    credential.organizationId = organizationId;
    credential.userId = userId;
    credential.passwordHash = passwordHash;
    return credential;
  }
}

CredentialSchema.setClass(Credential);
