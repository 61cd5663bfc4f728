import type { PatchStep } from './json-patch.js';

/** The body of a JSON Patch, for the published document. */
function patchSchema(ops: readonly PatchStep['op'][], path: object, value: string) {
  return {
    type: 'array',
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
export function attributePatchSchema(writable: readonly string[]) {
  const path = { enum: writable.map((name) => `/${name}`) };
  return patchSchema(['add', 'remove', 'replace'], path, 'Required but for remove; null takes the value away.');
}

/** Over a record that is more than that. */
export function recordPatchSchema(ops: readonly PatchStep['op'][], example: string) {
  return patchSchema(ops, { example }, 'Required but for remove.');
}
