import { defineEntity, p } from '@mikro-orm/core';
import { compose, fold, newId } from '@app/kernel';

const ApplicationSchema = defineEntity({
  name: 'Application',
  tableName: 'application',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    organizationId: p.uuid(),
    name: p.text(),
    nameKey: p.text(),
    description: p.text().default(''),
    isDirectory: p.boolean().default(false),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    updatedAt: p
      .datetime(3)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
    deletedAt: p.datetime(3).nullable(),
  },
});

/** What people use; its connectors feed the accounts on it. */
export class Application extends ApplicationSchema.class {
  rename(name: string): void {
    this.name = compose(name);
    this.nameKey = fold(name);
  }

  static named(organizationId: string, name: string): Application {
    const application = new Application();
    application.id = newId();
    application.organizationId = organizationId;
    application.rename(name);
    return application;
  }
}

ApplicationSchema.setClass(Application);
