import { type Pool, Query as PgQuery, type QueryResult } from 'pg';
import utils from 'pg/lib/utils.js';

/** What pg's own query object does inside, as far as it is used here: the hooks other drivers' cursors use too. */
interface OwnQuery {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly callback: unknown;
  readonly _result: RowShape;
  _accumulateRows: boolean;
  hasBeenParsed(connection: Connection): boolean;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
}

interface Connection {
  bind(config: { portal: string; statement: string; values: readonly unknown[] }): void;
  execute(config: { portal: string }): void;
  sync(): void;
}

/** Pools take query objects of any make; their types know only some. */
interface AnyQueryPool {
  query(query: PreparedQuery, settle: (error: Error | undefined, result: QueryResult) => void): void;
}

/** The columns of a result and how each is read. */
interface RowShape {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

const Query = PgQuery as unknown as new (config: {
  name: string;
  text: string;
  values: readonly unknown[];
}) => OwnQuery;

/**
 * A named statement that asks for the description of its columns once, not at every execution: the database refuses to
 * run a prepared statement whose columns have changed, so what it said the first time stays true.
 */
class PreparedQuery extends Query {
  constructor(
    name: string,
    text: string,
    values: readonly unknown[],
    private readonly shapes: Map<string, RowShape>,
  ) {
    super({ name, text, values: values.map((value) => utils.prepareValue(value)) });
  }

  override prepare(connection: Connection): void {
    const shape = this.shapes.get(this.name);
    if (!shape || !this.hasBeenParsed(connection)) {
      super.prepare(connection);
      return;
    }
    Object.assign(this._result, shape);
    this._accumulateRows = true;
    connection.bind({ portal: '', statement: this.name, values: this.values });
    connection.execute({ portal: '' });
    connection.sync();
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    this.shapes.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject });
  }
}

/** Runs named statements on one pool, whose connections share what is known of their columns. */
export class PreparedStatements {
  private readonly shapes = new Map<string, RowShape>();

  async run(pool: Pool, name: string, text: string, values: readonly unknown[]): Promise<QueryResult> {
    const query = new PreparedQuery(name, text, values, this.shapes);
    return new Promise((resolve, reject) => {
      const settle = (error: Error | undefined, result: QueryResult): void => {
        if (error) reject(error);
        else resolve(result);
      };
      (pool as unknown as AnyQueryPool).query(query, settle);
    });
  }
}
