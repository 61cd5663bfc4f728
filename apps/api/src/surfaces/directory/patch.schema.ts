/** The body of a JSON Patch over these attributes. */
export function patchSchema(writable: readonly string[]) {
  return {
    type: 'array',
    minItems: 1,
    maxItems: 100,
    items: {
      type: 'object',
      required: ['op', 'path'],
      properties: {
        op: { type: 'string', enum: ['add', 'remove', 'replace'] },
        path: { type: 'string', enum: writable.map((name) => `/${name}`) },
        value: { description: 'Required but for remove; null takes the value away.', nullable: true },
      },
    },
  };
}
