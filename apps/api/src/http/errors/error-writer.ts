import type { Refusal, RefusalCode } from './refusal.js';

/** What a body may depend on beside the refusal. */
export interface RefusalContext {
  readonly requestId: string;
  /** Whether the client named languages: one surface then repeats its message for them. */
  readonly namesLanguages: boolean;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** One published error shape. */
export interface ErrorWriter {
  /** Names the shape's schemas in the OpenAPI document. */
  readonly name: string;
  body(refusal: Refusal, context: RefusalContext): unknown;
  /** Statuses the publisher documents against the common table. */
  readonly statuses?: Partial<Readonly<Record<RefusalCode, number>>>;
  /** What a 401 asks for; `Bearer` if absent. */
  readonly challenge?: string;
  /** `default`, and the statuses that have a body of their own. */
  readonly schemas: { readonly default: JsonSchema } & Readonly<Record<number, JsonSchema>>;
}

export const text: JsonSchema = { type: 'string' };

/** All properties required unless named optional. */
export function objectOf(properties: Record<string, JsonSchema>, optional: readonly string[] = []): JsonSchema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
  };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

export const detailsSchema = listOf(objectOf({ field: text, message: text }));

/** The sentence for shapes without a place for the correlation id of a 500. */
export function sentence(refusal: Refusal, { requestId }: RefusalContext): string {
  return refusal.code === 'internal' ? `${refusal.message} Reference: ${requestId}` : refusal.message;
}
