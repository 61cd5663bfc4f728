/** Another record by its id and name, as this surface points at records; null: at none. */
export function reference(type: 'IDENTITY' | 'SOURCE', id: string | null, name: string | null) {
  return id === null ? null : { id, type, name };
}

export const text = { type: 'string' } as const;
export const optionalText = { type: 'string', nullable: true } as const;
export const truth = { type: 'boolean' } as const;
export const referenceSchema = {
  type: 'object',
  nullable: true,
  properties: { id: text, type: { ...text, example: 'IDENTITY' }, name: text },
} as const;
export const sourceReferenceSchema = {
  ...referenceSchema,
  properties: { ...referenceSchema.properties, type: { ...text, example: 'SOURCE' } },
} as const;
/** Where a reference is never told. */
export const noReferenceSchema = { ...referenceSchema, example: null } as const;

/** Words for people, as this surface sends them. */
export function localized(message: string) {
  return { locale: 'en-US', message };
}

export const localizedSchema = { type: 'object', properties: { locale: text, message: text } } as const;
