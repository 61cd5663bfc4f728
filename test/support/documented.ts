import type { OpenAPIObject } from '@nestjs/swagger';

/** As much of a schema as the document uses. */
export interface Schema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;

interface Described {
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
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

  private response(route: string, status: number): Described | undefined {
    return this.operation(route)?.responses[status] as Described | undefined;
  }

  /** A key too many, one missing, or a wrong type. */
  private deviations(schema: Schema, value: unknown, at: string): string[] {
    if (schema.$ref) {
      const named = this.document.components!.schemas![schema.$ref.split('/').at(-1)!];
      return this.deviations(named as Schema, value, at);
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
    const type = schema.type === 'integer' ? 'number' : schema.type;
    return typeof value === type ? [] : [`${at} is ${typeof value}, not ${schema.type}`];
  }

  private deviationsOfObject({ properties, required }: Schema, value: unknown, at: string): string[] {
    if (!properties || typeof value !== 'object') return typeof value === 'object' ? [] : [`${at} is no object`];
    const held = value as Record<string, unknown>;
    const names = new Set([...Object.keys(properties), ...Object.keys(held)]);
    return [...names].flatMap((name) => {
      if (!properties[name]) return [`${at}.${name} is not documented`];
      if (name in held) return this.deviations(properties[name], held[name], `${at}.${name}`);
      return required?.includes(name) ? [`${at}.${name} is missing`] : [];
    });
  }
}
