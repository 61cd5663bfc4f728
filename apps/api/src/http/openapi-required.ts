/** As much of a schema as is walked through. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
}

/**
 * A schema of an answer that says of every object which fields are always there. Ours name every field of an answer, so
 * where a schema names none as required, all are; the exceptions say so themselves.
 */
export function withRequired<S extends object>(schema: S): S {
  const { required, ...rest } = schema as Schema;
  const { properties, items, oneOf } = rest;
  const always = required ?? Object.keys(properties ?? {});
  return {
    ...(rest as S),
    // An empty list is none: OpenAPI 3.0 forbids it.
    ...(always.length > 0 && { required: always }),
    ...(properties && { properties: eachRequired(properties) }),
    ...(items && { items: withRequired(items) }),
    ...(oneOf && { oneOf: oneOf.map(withRequired) }),
  };
}

function eachRequired(properties: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, withRequired(schema)]));
}
