import { defineEntity, p } from '@mikro-orm/core';
import { compose, fold, newId } from '@app/kernel';
import type { ConnectorConfig } from './connector-config.js';

const ConnectorSchema = defineEntity({
  name: 'Connector',
  tableName: 'connector',
  properties: {
    id: p
      .uuid()
      .primary()
      .onCreate(() => newId()),
    organizationId: p.uuid(),
    applicationId: p.uuid(),
    name: p.text(),
    nameKey: p.text(),
    description: p.text().default(''),
    kind: p.text().$type<ConnectorConfig['kind']>(),
    authoritative: p.boolean().default(false),
    priority: p.integer().default(100),
    config: p.json<ConnectorConfig>(),
    syncDisabledAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3).onCreate(() => new Date()),
    updatedAt: p
      .datetime(3)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
    deletedAt: p.datetime(3).nullable(),
  },
});

/** One configured feed of one system's accounts. */
export class Connector extends ConnectorSchema.class {
  rename(name: string): void {
    this.name = compose(name);
    this.nameKey = fold(name);
  }

  /** What lists filter by stands in columns of its own beside the whole configuration. */
  configure(config: ConnectorConfig): void {
    this.kind = config.kind;
    this.authoritative = config.authoritative;
    this.priority = config.priority;
    this.config = config;
  }

  static of(application: { organizationId: string; id: string }, name: string): Connector {
    const connector = new Connector();
    connector.id = newId();
    connector.organizationId = application.organizationId;
    connector.applicationId = application.id;
    connector.rename(name);
    return connector;
  }
}

ConnectorSchema.setClass(Connector);
