import type { PipeTransform } from '@nestjs/common';
import { type FieldSelection, fieldSelectionIn } from '../../http/field-selection.js';
import { refuseUnknown } from './directory-list.js';

const known = ['fields', 'fields[]', 'excludeFields', 'excludeFields[]'];

/** Reads what a client wants to see of one record; whatever else is in the query is refused by name. */
export function fieldSelection(fields: readonly string[]): PipeTransform<unknown, FieldSelection> {
  return {
    transform(query: unknown): FieldSelection {
      const sent = (query ?? {}) as Readonly<Record<string, unknown>>;
      refuseUnknown(Object.keys(sent), known);
      return fieldSelectionIn(sent, fields);
    },
  };
}
