import { Client } from 'pg';
import { fold, newId } from '@app/kernel';

/** Columns by their names in the database; what a builder is not told it makes up. */
export type Columns = Readonly<Record<string, unknown>>;

export type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly name: string };

/** Puts rows in place as the owning role, past every service. */
export class Given {
  private constructor(private readonly client: Client) {}

  static async on(ownerUrl: string): Promise<Given> {
    const client = new Client({ connectionString: ownerUrl });
    await client.connect();
    return new Given(client);
  }

  async organization(columns: Columns = {}): Promise<GivenOrganization> {
    const id = newId();
    const slug = `o${id.replaceAll('-', '').slice(-20)}`;
    await this.insert('organization', { id, slug, name: slug, ...columns });
    return new GivenOrganization(this, id);
  }

  async insert(table: string, columns: Columns): Promise<void> {
    const names = Object.keys(columns);
    const places = names.map((_, i) => `$${i + 1}`);
    await this.sql(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, Object.values(columns));
  }

  /** Anything a test wants to change or to look up by itself. */
  async sql<R = Row>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.client.query(text, [...values])).rows as R[];
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

let serial = 0;
let lastId = '';

/** Ids of one millisecond have no order, but rows put in place one after another are expected in that order. */
function nextId(): string {
  let id = newId();
  while (id <= lastId) id = newId();
  lastId = id;
  return id;
}

export class GivenOrganization {
  constructor(
    private readonly given: Given,
    readonly id: string,
  ) {}

  async user(columns: Columns = {}): Promise<Row> {
    const name = textIn(columns, 'user_name') ?? `user ${++serial}`;
    const names = { user_name: name, user_name_key: fold(name), display_name: name, display_name_key: fold(name) };
    return this.insert('app_user', name, withKeys({ ...names, ...columns }, ['email']));
  }

  async application(columns: Columns = {}): Promise<Row> {
    return this.insertNamed('application', columns, ['name']);
  }

  async connector(application: Row, columns: Columns = {}): Promise<Row> {
    const feed = { application_id: application.id, kind: 'delimited-file', config: {} };
    return this.insertNamed('connector', { ...feed, ...columns }, ['name']);
  }

  async connectorOwner(connector: Row, user: Row, roleSlug = 'owner'): Promise<void> {
    const link = { connector_id: connector.id, user_id: user.id, role_slug: roleSlug };
    await this.given.insert('connector_owner', { organization_id: this.id, ...link });
  }

  async applicationOwner(application: Row, user: Row): Promise<void> {
    const link = { application_id: application.id, user_id: user.id };
    await this.given.insert('application_owner', { organization_id: this.id, ...link });
  }

  async mapping(connector: Row, account: string, field: string, priority = 100): Promise<Row> {
    const row = { id: nextId(), connector_id: connector.id, account_attribute: account, owner_field: field, priority };
    await this.given.insert('attribute_mapping', { organization_id: this.id, ...row });
    return { ...row, name: account };
  }

  /** Whoever holds the right owns the connector. */
  async entitlementOwner(connector: Row, entitlement: Row, roleSlug = 'owner'): Promise<void> {
    const link = { connector_id: connector.id, entitlement_id: entitlement.id, role_slug: roleSlug };
    await this.given.insert('connector_entitlement_owner', { organization_id: this.id, ...link });
  }

  async owner(columns: Columns = {}): Promise<Row> {
    const folded = ['name', 'email', 'alt_email', 'department', 'title'];
    const identity = textIn(columns, 'identity_id');
    const key = identity === undefined ? {} : { identity_key: fold(identity) };
    return this.insertNamed('owner', { status: 'active', ...key, ...columns }, folded);
  }

  /** An account of `owner`, or of nobody; it counts in the tally. */
  async account(connector: Row, owner: Row | null = null, columns: Columns = {}): Promise<Row> {
    const native = textIn(columns, 'native_identity') ?? `native ${++serial}`;
    const link = owner && { owner_id: owner.id, owner_name_key: owner['name_key'], owner_state: owner['status'] };
    const account = {
      connector_id: connector.id,
      connector_name_key: connector['name_key'],
      native_identity: native,
      native_identity_key: fold(native),
      native_key: fold(native),
      ...(link && { ...link, correlation: 'rule' }),
      ...columns,
    };
    const row = await this.insertNamed('account', account, ['name', 'email']);
    if (row['deleted_at'] === undefined) await this.tally(connector, owner !== null, 1);
    return row;
  }

  async tally(connector: Row, correlated: boolean, delta: number): Promise<void> {
    const difference = { connector_id: connector.id, correlated, delta };
    await this.given.insert('account_tally', { organization_id: this.id, ...difference });
  }

  async entitlement(connector: Row, columns: Columns = {}): Promise<Row> {
    const value = textIn(columns, 'value') ?? `group ${++serial}`;
    const right = { connector_id: connector.id, attribute: 'groups', value, name: value };
    return this.insertNamed('entitlement', { ...right, ...columns }, ['name']);
  }

  async holds(account: Row, entitlement: Row): Promise<void> {
    const link = { account_id: account.id, entitlement_id: entitlement.id };
    await this.given.insert('account_entitlement', { organization_id: this.id, ...link });
    await this.given.sql(
      'update account set entitlement_count = entitlement_count + 1 where organization_id = $1 and id = $2',
      [this.id, account.id],
    );
  }

  private async insertNamed(table: string, columns: Columns, folded: readonly string[]): Promise<Row> {
    const name = textIn(columns, 'name') ?? `${table} ${++serial}`;
    return this.insert(table, name, withKeys({ ...columns, name }, folded));
  }

  private async insert(table: string, name: string, columns: Columns): Promise<Row> {
    const row = { id: nextId(), organization_id: this.id, ...columns };
    await this.given.insert(table, row);
    return { ...row, name };
  }
}

function withKeys(columns: Columns, names: readonly string[]): Columns {
  const keys = names.flatMap((name) => {
    const text = textIn(columns, name);
    return text === undefined ? [] : [[`${name}_key`, fold(text)]];
  });
  return { ...columns, ...Object.fromEntries(keys) };
}

function textIn(columns: Columns, name: string): string | undefined {
  const value = columns[name];
  return typeof value === 'string' ? value : undefined;
}
