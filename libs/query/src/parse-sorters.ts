import { entryOf, type Sort, type SortTable } from './fields.js';
import { QueryError, quoted } from './query-error.js';

const mostKeys = 10;

/**
 * Reads `sorters` of the SailPoint standard collection parameters: comma-separated, `-` before a descending field.
 * Our choice: no `+`, no empty element, and no field twice, not even under two of its names.
 */
export function parseSorters(text: string, sortable: SortTable): Sort[] {
  if (text.trim() === '') return [];

  const sorts: Sort[] = [];
  let start = 0;
  for (const element of text.split(',', mostKeys + 1)) {
    const at = start + element.length - element.trimStart().length;
    if (sorts.length === mostKeys) throw QueryError.at(at, 'too many sort fields', `at most ${mostKeys}`);
    sorts.push(parseSorter(element.trim(), at, sortable, sorts));
    start += element.length + 1;
  }
  return sorts;
}

function parseSorter(text: string, at: number, sortable: SortTable, earlier: readonly Sort[]): Sort {
  const descending = text.startsWith('-');
  const name = descending ? text.slice(1) : text;
  const path = entryOf(sortable, name);
  if (path === undefined) {
    const problem = name === '' ? 'missing sort field' : `unknown sort field ${quoted(name)}`;
    throw QueryError.at(at, problem, `sortable fields are ${Object.keys(sortable).join(', ')}, each with - to descend`);
  }
  if (earlier.some((sort) => sort.path === path)) {
    throw QueryError.at(at, `repeated sort field ${quoted(name)}`, 'each field sorts once');
  }
  return { path, direction: descending ? 'desc' : 'asc' };
}
