import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { DirectorySearch } from '@app/directory';
import { InvalidError } from '@app/kernel';
import {
  and,
  type BracketFilter,
  type BracketFilterTable,
  bracketParameters,
  type Condition,
  everything,
  isBracketFilter,
  parseBracketFilters,
  type SortTable,
} from '@app/query';
import { type FieldSelection, fieldSelectionIn } from '../../http/field-selection.js';
import { validated } from '../../http/validation/validated.js';
import { pageOf, PageQuery } from './page.query.js';

/** What one list of the directory takes. */
export interface DirectoryListing {
  readonly filters: BracketFilterTable;
  /** What is shown when no filter names `deleted`. */
  readonly unlessDeletedIsAsked?: Condition;
  readonly sorts: SortTable;
  readonly sortedBy: string;
  /** Names that may be selected; none: there is nothing to select. */
  readonly fields: readonly string[];
}

/** What one request asks of it. */
export interface DirectoryListRequest {
  readonly search: DirectorySearch;
  readonly selection: FieldSelection;
}

type Query = Readonly<Record<string, unknown>>;

const paging = ['page[offset]', 'page[limit]'];
const selecting = ['fields', 'fields[]', 'excludeFields', 'excludeFields[]'];
const page = validated(PageQuery);

/** Reads the query of a list; whatever it does not know is refused by name. */
export function directoryList(listing: DirectoryListing): PipeTransform<unknown, DirectoryListRequest> {
  const known = ['sort', ...paging, ...(listing.fields.length > 0 ? selecting : [])];
  return {
    transform(sent: unknown): DirectoryListRequest {
      const query = (sent ?? {}) as Query;
      refuseUnknown(besideFilters(query), known);
      const { where, fields } = parseBracketFilters(query, listing.filters);
      const shown = fields.has('deleted') ? everything : (listing.unlessDeletedIsAsked ?? everything);
      const slice = pageOf(page.transform(query, { type: 'query' }) ?? new PageQuery());
      return {
        search: { where: and(shown, where), sort: sortIn(query['sort'], listing), ...slice },
        selection: fieldSelectionIn(query, listing.fields),
      };
    },
  };
}

/** Refuses parameters that do not stand among the known. */
export function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const accepted = known.length > 0 ? `only ${known.join(', ')}` : 'no parameters';
  throw InvalidError.field(unknown.slice(0, 100), `Beside filters this takes ${accepted}.`);
}

/** Parameters that neither are filters nor were meant to be. */
export function besideFilters(query: Query): string[] {
  return Object.keys(query).filter((name) => !isBracketFilter(name));
}

function sortIn(sent: unknown, { sorts, sortedBy }: DirectoryListing): DirectorySearch['sort'] {
  const text = sent ?? sortedBy;
  const name = typeof text === 'string' && text.startsWith('-') ? text.slice(1) : text;
  if (typeof name !== 'string' || !Object.hasOwn(sorts, name)) {
    throw InvalidError.field('sort', `sort must be one of ${sortNames(sorts).join(', ')}, given once.`);
  }
  return { path: sorts[name]!, direction: name === text ? 'asc' : 'desc' };
}

function sortNames(sorts: SortTable): string[] {
  return Object.keys(sorts).flatMap((name) => [name, `-${name}`]);
}

/** The list's parameters in the API description. */
export function ApiDirectoryList({ filters, sorts, sortedBy, fields }: DirectoryListing): MethodDecorator {
  return applyDecorators(
    ApiFilters(filters),
    ApiPaging(),
    ApiQuery({ name: 'sort', required: false, enum: sortNames(sorts), schema: { default: sortedBy } }),
    ...(fields.length > 0 ? [ApiSelection(fields)] : []),
  );
}

export function ApiPaging(): MethodDecorator {
  const limit = { type: 'integer', minimum: 1, maximum: 1_000, default: 100 };
  return applyDecorators(
    ApiQuery({ name: 'page[offset]', required: false, schema: { type: 'integer', minimum: 0, default: 0 } }),
    ApiQuery({ name: 'page[limit]', required: false, schema: limit }),
  );
}

export function ApiSelection(fields: readonly string[]): MethodDecorator {
  const names = { required: false, isArray: true, enum: [...fields] };
  return applyDecorators(ApiQuery({ name: 'fields', ...names }), ApiQuery({ name: 'excludeFields', ...names }));
}

export function ApiFilters(filters: BracketFilterTable): MethodDecorator {
  return applyDecorators(
    ...bracketParameters(filters).map(({ parameter, filter }) =>
      ApiQuery({ name: parameter, required: false, schema: schemaOf(filter) }),
    ),
  );
}

function schemaOf(filter: BracketFilter) {
  switch (filter.type) {
    case 'boolean':
      return { type: 'boolean' };
    case 'instant':
      return { type: 'string', format: 'date-time' };
    case 'choice':
      return { type: 'string', enum: [...filter.values] };
    case 'list':
      return { type: 'array', items: { type: 'string' }, maxItems: 500 };
    case 'text':
      return { type: 'string' };
  }
}
