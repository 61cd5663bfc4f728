import type { PatchStep } from './json-patch.js';

/** An operation as it is sent. */
interface PublishedStep extends Omit<PatchStep, 'path'> {
  readonly path: string;
}

/** The body of a JSON Patch, for the published document. */
function patchSchema(ops: readonly PatchStep['op'][], path: object, value: string, example: readonly PublishedStep[]) {
  return {
    type: 'array',
    example,
    minItems: 1,
    maxItems: 100,
    items: {
      type: 'object',
      required: ['op', 'path'],
      properties: {
        op: { type: 'string', enum: [...ops] },
        path: { type: 'string', ...path },
        value: { description: value, nullable: true },
      },
    },
  };
}

/** Over attributes that lie side by side. */
export function attributePatchSchema(writable: readonly string[], example: readonly PublishedStep[]) {
  const path = { enum: writable.map((name) => `/${name}`) };
  return patchSchema(
    ['add', 'remove', 'replace'],
    path,
    'Required but for remove; null takes the value away.',
    example,
  );
}

/** Over a record that is more than that. */
export function recordPatchSchema(ops: readonly PatchStep['op'][], example: readonly PublishedStep[]) {
  return patchSchema(ops, {}, 'Required but for remove.', example);
}
