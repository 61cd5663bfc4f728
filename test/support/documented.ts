import type { OpenAPIObject } from '@nestjs/swagger';

/** As much of a schema as the document uses. */
export interface Schema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly readOnly?: boolean;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Described {
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, Media>>;
}

/** JSON that is sent or answered, as the document describes it. */
export interface ShownMedia {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly at: string;
  readonly sent: boolean;
}

export interface GivenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined: not looked at, or no JSON. */
  readonly body?: unknown;
}

/** What servers and protocols add to every answer, and what only caches and browsers read. */
const unsaid =
  /^(?:date|connection|keep-alive|transfer-encoding|content-(?:length|type)|cache-control|x-content-type-options)$/;

const formats: Readonly<Record<string, RegExp>> = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^[^@\s]+@[^@\s]+\.[a-z]+$/,
  uri: /^https?:\/\/\S+$/,
  int64: /^-?\d+$/,
};

type Limit = (schema: Schema, value: unknown) => boolean;

const ofText = (holds: (schema: Schema, text: string) => boolean): Limit => {
  return (schema, value) => typeof value !== 'string' || holds(schema, value);
};
const ofNumber = (holds: (schema: Schema, number: number) => boolean): Limit => {
  return (schema, value) => typeof value !== 'number' || holds(schema, value);
};
const ofList = (holds: (schema: Schema, length: number) => boolean): Limit => {
  return (schema, value) => !Array.isArray(value) || holds(schema, value.length);
};

const limits: readonly (readonly [string, Limit])[] = [
  ['enum', (schema, value) => schema.enum?.includes(value) ?? true],
  ['format', ofText(({ format = '' }, text) => formats[format]?.test(text) ?? true)],
  ['pattern', ofText(({ pattern = '' }, text) => new RegExp(pattern).test(text))],
  ['minLength', ofText(({ minLength = 0 }, text) => text.length >= minLength)],
  ['maxLength', ofText(({ maxLength = Infinity }, text) => text.length <= maxLength)],
  ['minimum', ofNumber(({ minimum = -Infinity }, number) => number >= minimum)],
  ['maximum', ofNumber(({ maximum = Infinity }, number) => number <= maximum)],
  ['integer', ofNumber(({ type }, number) => type !== 'integer' || Number.isInteger(number))],
  ['minItems', ofList(({ minItems = 0 }, length) => length >= minItems)],
  ['maxItems', ofList(({ maxItems = Infinity }, length) => length <= maxItems)],
];

/** The published document, as what answers are held against. `route` is a method and a template as the router knows it. */
export class Documented {
  constructor(readonly document: OpenAPIObject) {}

  operation(route: string): Operation | undefined {
    const [method = '', path = ''] = route.split(' ');
    const item = this.document.paths[path.replace(/:([^/]+)/g, '{$1}')] as Record<string, Operation> | undefined;
    return item?.[method.toLowerCase()];
  }

  schema(route: string, status: number): Schema | undefined {
    return this.response(route, status)?.content?.['application/json']?.schema;
  }

  /** Where an answer says more, less or other things than the document tells of its operation. */
  differences(route: string, { status, headers, body }: GivenAnswer): string[] {
    const at = `${route} ${status}`;
    const response = this.response(route, status);
    if (!response) return [`${at} is not documented`];
    const known = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
    const unknown = Object.keys(headers).filter((name) => !unsaid.test(name) && !known.includes(name));
    const schema = this.schema(route, status);
    return [
      ...(unknown.length > 0 ? [`${at} has ${unknown.join(', ')}`] : []),
      ...(schema && body !== undefined ? this.deviations(schema, body, at) : []),
    ];
  }

  /** Every example of a JSON body or answer of an operation; one without any is there as well. */
  media(route: string): ShownMedia[] {
    const { requestBody, responses } = this.operation(route)!;
    const described: [string, Described | undefined][] = [
      ['body', requestBody as Described | undefined],
      ...Object.entries(responses as Record<string, Described>),
    ];
    return described.flatMap(([what, { content = {} } = {}]) =>
      Object.entries(content)
        .filter(([type]) => /[/+]json$/.test(type))
        .flatMap(([type, { schema, example, examples }]) =>
          (examples ? Object.values(examples).map(({ value }) => value) : [example]).map((one) => ({
            schema,
            example: one,
            at: `${route} ${what} ${type}`,
            sent: what === 'body',
          })),
        ),
    );
  }

  /** What is wrong with an example: as an answer would be held against the schema, and by its limits too. */
  faultsOf({ schema, example, at, sent }: ShownMedia): string[] {
    return [...this.deviations(schema, example, at), ...this.breaches(schema, example, at, sent)];
  }

  /** Values beyond the limits of their schemas. */
  private breaches(schema: Schema, value: unknown, at: string, sent: boolean): string[] {
    if (schema.$ref) return this.breaches(this.named(schema.$ref), value, at, sent);
    if (schema.oneOf) {
      const each = schema.oneOf.map((one) => this.breaches(one, value, at, sent));
      return each.find((found) => found.length === 0) ?? each.flat();
    }
    if (value === null || value === undefined) return [];
    const own = limits.flatMap(([name, holds]) => (holds(schema, value) ? [] : [`${at} breaks ${name}`]));
    if (Array.isArray(value)) {
      return [...own, ...value.flatMap((item) => this.breaches(schema.items ?? {}, item, `${at}[]`, sent))];
    }
    if (typeof value !== 'object') return own;
    const inside = Object.entries(value).flatMap(([name, inner]) => {
      const field = schema.properties?.[name] ?? {};
      const readOnly = sent && field.readOnly === true ? [`${at}.${name} is read only`] : [];
      return [...readOnly, ...this.breaches(field, inner, `${at}.${name}`, sent)];
    });
    return [...own, ...inside];
  }

  private named($ref: string): Schema {
    return this.document.components!.schemas![$ref.split('/').at(-1)!] as Schema;
  }

  private response(route: string, status: number): Described | undefined {
    return this.operation(route)?.responses[status] as Described | undefined;
  }

  /** A key too many, one missing, or a wrong type. */
  private deviations(schema: Schema, value: unknown, at: string): string[] {
    if (schema.$ref) {
      return this.deviations(this.named(schema.$ref), value, at);
    }
    if (schema.oneOf) {
      const each = schema.oneOf.map((one) => this.deviations(one, value, at));
      return each.find((found) => found.length === 0) ?? each.flat();
    }
    if (value === null) return schema.nullable === true || schema.type === 'null' ? [] : [`${at} is null`];
    if (schema.type === 'array') {
      return Array.isArray(value)
        ? value.flatMap((item, i) => this.deviations(schema.items!, item, `${at}[${i}]`))
        : [`${at} is no list`];
    }
    if (schema.type === 'object') return this.deviationsOfObject(schema, value, at);
    if (schema.type === undefined) return [];
    const type = schema.type === 'integer' ? 'number' : schema.type;
    return typeof value === type ? [] : [`${at} is ${typeof value}, not ${schema.type}`];
  }

  private deviationsOfObject(
    { properties, required, additionalProperties }: Schema,
    value: unknown,
    at: string,
  ): string[] {
    if (!properties || typeof value !== 'object') return typeof value === 'object' ? [] : [`${at} is no object`];
    const held = value as Record<string, unknown>;
    const names = new Set([...Object.keys(properties), ...Object.keys(held)]);
    return [...names].flatMap((name) => {
      if (!properties[name]) return additionalProperties ? [] : [`${at}.${name} is not documented`];
      if (name in held) return this.deviations(properties[name], held[name], `${at}.${name}`);
      return required?.includes(name) ? [`${at}.${name} is missing`] : [];
    });
  }
}
