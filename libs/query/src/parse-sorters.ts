import { entryOf, type Sort, type SortTable } from './fields.js';
import { QueryError, quoted } from './query-error.js';

const mostKeys = 20;

/**
 * Reads `sorters` of the SailPoint standard collection parameters: comma-separated, `-` before a descending field.
 * Our choice: no `+`, no empty element, and no field twice; a second name of a field says nothing new and is passed over.
 */
export function parseSorters(text: string, sortable: SortTable): Sort[] {
  if (text.trim() === '') return [];

  const elements = text.split(',', mostKeys + 1);
  const names = new Set<string>();
  const sorts = new Map<string, Sort>();
  let start = 0;
  for (const [i, element] of elements.entries()) {
    const at = start + element.length - element.trimStart().length;
    if (i === mostKeys) throw QueryError.at(at, 'too many sort fields', `at most ${mostKeys}`);
    const { name, ...sort } = parseSorter(element.trim(), at, sortable);
    if (names.has(name)) throw QueryError.at(at, `repeated sort field ${quoted(name)}`, 'each field sorts once');
    names.add(name);
    if (!sorts.has(sort.path)) sorts.set(sort.path, sort);
    start += element.length + 1;
  }
  return [...sorts.values()];
}

function parseSorter(text: string, at: number, sortable: SortTable): Sort & { readonly name: string } {
  const descending = text.startsWith('-');
  const name = descending ? text.slice(1) : text;
  const path = entryOf(sortable, name);
  if (path === undefined) {
    const problem = name === '' ? 'missing sort field' : `unknown sort field ${quoted(name)}`;
    throw QueryError.at(at, problem, `sortable fields are ${Object.keys(sortable).join(', ')}, each with - to descend`);
  }
  return { name, path, direction: descending ? 'desc' : 'asc' };
}
