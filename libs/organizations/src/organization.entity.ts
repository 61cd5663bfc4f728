import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '@app/kernel';

const OrganizationSchema = defineEntity({
  name: 'Organization',
  tableName: 'organization',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    parentId: p.uuid().nullable(),
    slug: p.text(),
    name: p.text(),
    accountType: p.text().default('STANDARD'),
    quality: p.json<Record<string, unknown>>().onCreate(() => ({})),
    accountOwnerUserId: p.uuid().nullable(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    updatedAt: p
      .datetime(3)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
});

/** The tenant. Its account owner is the user who answers for it and can never be removed. */
export class Organization extends OrganizationSchema.class {}

OrganizationSchema.setClass(Organization);
