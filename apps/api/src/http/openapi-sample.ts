import { numberFor, oneOf, textFor, truthFor, wordsOf } from './openapi-words.js';

/** As much of a schema as says what a value looks like. */
export interface SampledSchema {
  readonly $ref?: string;
  readonly allOf?: readonly SampledSchema[];
  readonly oneOf?: readonly SampledSchema[];
  readonly anyOf?: readonly SampledSchema[];
  readonly example?: unknown;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly format?: string;
  readonly required?: readonly string[];
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, SampledSchema>>;
  readonly additionalProperties?: boolean | SampledSchema;
  readonly items?: SampledSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly readOnly?: boolean;
}

export interface SampleOptions {
  /** Of the document, by name. */
  readonly schemas: Readonly<Record<string, SampledSchema>>;
  /** What is sent holds nothing that may only be read. */
  readonly sent: boolean;
}

/** What a value is called, what holds it, and the references that lead to it. */
interface Place {
  readonly holder: string;
  readonly name: string;
  readonly references: readonly string[];
}

/** A value that a schema allows: its own examples where it has any, else something plausible for the names in it. Always the same. */
export function sampleOf(schema: SampledSchema, noun: string, options: SampleOptions): unknown {
  const sampler = new Sampler(options);
  return sampler.value(schema, { holder: '', name: wordsOf(noun), references: [] }) ?? null;
}

/** Names that say nothing of what they hold. */
const wrappers = /^(?:data|list|items?|results?|entries|entry|value|view|expanded)$/;

/** Of few records only: what is shown is active, and nothing went wrong with it. */
const seldom =
  /^(?:deleted(?: at)?|inactive reason|invitation expiry|sync disabled (?:at|reason)|(?:last )?error|impersonated by|on behalf of)$/;

/** Sent from the second page on. */
const nextPage = /^(?:page token|after)$/;

class Sampler {
  constructor(private readonly options: SampleOptions) {}

  /** Undefined where a schema leads back to itself. */
  value(schema: SampledSchema, place: Place): unknown {
    if (schema.example !== undefined) return schema.example;
    if (schema.nullable && !this.options.sent && seldom.test(place.name)) return null;
    const told = schema.const ?? schema.default ?? schema.enum?.[0];
    if (told !== undefined) return told;
    if (schema.$ref) return this.referred(schema.$ref, place);
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => this.value(part, place))) as unknown;
    const [first] = schema.oneOf ?? schema.anyOf ?? [];
    return first ? this.value(first, place) : this.plain(schema, place);
  }

  private referred($ref: string, place: Place): unknown {
    if (place.references.includes($ref)) return undefined;
    const named = this.options.schemas[$ref.slice($ref.lastIndexOf('/') + 1)];
    return named && this.value(named, { ...place, references: [...place.references, $ref] });
  }

  private plain(schema: SampledSchema, place: Place): unknown {
    const words = `${place.holder} ${place.name}`.trim();
    if (schema.items) return this.list(schema.items, place);
    if (schema.properties || schema.type === 'object') return this.object(schema, place);
    if (schema.type === 'integer' || schema.type === 'number') return within(numberFor(words), schema);
    if (schema.type === 'boolean') return truthFor(words);
    return longEnough(textFor(words, schema.format), schema);
  }

  private list(items: SampledSchema, place: Place): unknown[] {
    const item = this.value(items, { ...place, name: oneOf(place.name) });
    return item === undefined ? [] : [item];
  }

  private object({ properties = {}, required = [], additionalProperties }: SampledSchema, place: Place): object {
    const holder = wrappers.test(place.name) ? place.holder : place.name;
    const fields = Object.entries(properties).map(([name, inner]) => {
      const words = wordsOf(name);
      if (this.isLeftOut(inner, words, required.includes(name))) return [name, undefined] as const;
      return [name, this.value(inner, { holder, name: words, references: place.references })] as const;
    });
    return Object.fromEntries([
      ...fields.filter(([, value]) => value !== undefined),
      ...this.further(additionalProperties, place),
    ]);
  }

  private isLeftOut({ readOnly }: SampledSchema, words: string, required: boolean): boolean {
    if (this.options.sent) return readOnly === true || nextPage.test(words);
    return !required && seldom.test(words);
  }

  /** One field of an object whose names are free. */
  private further(schema: SampledSchema | boolean | undefined, place: Place): [string, unknown][] {
    if (!schema) return [];
    const name = 'department';
    return [[name, this.value(schema === true ? {} : schema, { ...place, name })]];
  }
}

function within(value: number, { minimum = -Infinity, maximum = Infinity }: SampledSchema): number {
  return Math.min(Math.max(value, minimum), maximum);
}

function longEnough(value: string, { minLength = 0, maxLength = value.length }: SampledSchema): string {
  return value.slice(0, Math.max(maxLength, minLength)).padEnd(minLength, 'x');
}
