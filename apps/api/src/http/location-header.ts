/** For the published document: where what was made is found. */
export const locationHeader = { Location: { description: 'The path of the record.', schema: { type: 'string' } } };
