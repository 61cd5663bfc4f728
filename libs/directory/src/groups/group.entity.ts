import { defineEntity, p } from '@mikro-orm/core';
import { compose, fold, newId } from '@app/kernel';

const GroupSchema = defineEntity({
  name: 'Group',
  tableName: 'user_group',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    organizationId: p.uuid(),
    kind: p.text().default('directory'),
    name: p.text(),
    nameKey: p.text(),
    externalId: p.text().nullable(),
    system: p.boolean().default(false),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    updatedAt: p
      .datetime(3)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
});

/** A set of users and of other groups. */
export class Group extends GroupSchema.class {
  static ofSystem(organizationId: string, name: string): Group {
    const group = new Group();
    group.id = newId();
    group.organizationId = organizationId;
    group.name = compose(name);
    group.nameKey = fold(name);
    group.system = true;
    return group;
  }
}

GroupSchema.setClass(Group);

const MembershipSchema = defineEntity({
  name: 'Membership',
  tableName: 'membership',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    organizationId: p.uuid(),
    groupId: p.uuid(),
    userId: p.uuid().nullable(),
    memberGroupId: p.uuid().nullable(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
  },
});

/** One direct member of a group: a user or another group. */
export class Membership extends MembershipSchema.class {
  static ofUser(group: Group, userId: string): Membership {
    const membership = new Membership();
    membership.id = newId();
    membership.organizationId = group.organizationId;
    membership.groupId = group.id;
    membership.userId = userId;
    return membership;
  }
}

MembershipSchema.setClass(Membership);
