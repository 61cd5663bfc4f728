export {
  bracketFilter,
  type BracketFilter,
  type BracketFilterTable,
  bracketParameters,
  isBracketFilter,
  parseBracketFilters,
} from './bracket-filters.js';
export {
  and,
  type Comparison,
  type Condition,
  everything,
  type Leaf,
  mapLeaves,
  not,
  nothing,
  or,
  pathsIn,
} from './condition.js';
export { type DerivedFields, onKept } from './derived-fields.js';
export { matches } from './evaluate.js';
export type { FieldTable, Sort, SortTable } from './fields.js';
export { metadataKeyOf, numberPath, parseFieldQueries, type SearchFieldTable } from './field-queries.js';
export { parseInstant } from './instant.js';
export { parseCollectionFilter } from './parse-collection-filter.js';
export { parseSorters } from './parse-sorters.js';
export { QueryError } from './query-error.js';
export { simplify } from './simplify.js';
