import { defineEntity, p } from '@mikro-orm/core';
import { compose, fold, newId } from '@app/kernel';

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'app_user',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    organizationId: p.uuid(),
    userName: p.text(),
    userNameKey: p.text(),
    displayName: p.text(),
    displayNameKey: p.text(),
    email: p.text().nullable(),
    emailKey: p.text().nullable(),
    system: p.boolean().default(false),
    active: p.boolean().default(true),
    inactiveReason: p.text().nullable(),
    invitationPending: p.boolean().default(false),
    credentialVersion: p.integer().default(1),
    lastLoginAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    updatedAt: p
      .datetime(3)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
    deletedAt: p.datetime(3).nullable(),
  },
});

/** Who signs in here. */
export class User extends UserSchema.class {
  static named(organizationId: string, userName: string): User {
    const user = new User();
    user.id = newId();
    user.organizationId = organizationId;
    user.userName = compose(userName);
    user.userNameKey = fold(userName);
    user.displayName = user.userName;
    user.displayNameKey = user.userNameKey;
    return user;
  }
}

UserSchema.setClass(User);
