import { foldOrNull } from '@app/kernel';
import { CellError, limitedTextIn } from './cell-values.js';

/** What a correlation rule compares of a text, as a row's cell is compared; none where a row would be refused for it. */
export function correlationKeyOf(text: string | null): string | null {
  try {
    return text === null ? null : foldOrNull(limitedTextIn(text, 1_024));
  } catch (error) {
    if (error instanceof CellError) return null;
    throw error;
  }
}
