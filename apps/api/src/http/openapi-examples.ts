import type { OpenAPIObject } from '@nestjs/swagger';
import { sampleOf, type SampledSchema } from './openapi-sample.js';
import { oneOf, wordsOf } from './openapi-words.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Exclude<Operation['responses'][string], undefined | { $ref: string }>;
type Content = NonNullable<Response['content']>;

const json = /[/+]json$/;

/** An example at every JSON body and answer that has none yet, made from its schema. */
export function showExamples(operation: Operation, path: string, components: OpenAPIObject['components']): void {
  const schemas = (components?.schemas ?? {}) as Record<string, SampledSchema>;
  const show = (content: Content | undefined, sent: boolean) => {
    for (const [type, media] of Object.entries(content ?? {})) {
      if (!json.test(type) || !media.schema || media.examples) continue;
      media.example ??= sampleOf(media.schema as SampledSchema, nounOf(path), { schemas, sent });
    }
  };
  const { requestBody, responses } = operation;
  if (requestBody && 'content' in requestBody) show(requestBody.content, true);
  for (const response of Object.values(responses)) {
    if (response && 'content' in response) show(response.content, false);
  }
}

/** What a path is about: its last word of several, since others are of what is done (`/owners/:id/restore`). */
function nounOf(path: string): string {
  return oneOf(wordsOf(path.split('/').findLast((part) => /^[^:{].*s$/.test(part)) ?? ''));
}
