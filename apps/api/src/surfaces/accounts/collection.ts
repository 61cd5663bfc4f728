import type { ApiResponseSchemaHost } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { fold, type OffsetPageOf } from '@app/kernel';
import type { OffsetSearch } from '@app/persistence';
import {
  type DerivedFields,
  everything,
  type FieldTable,
  onKept,
  parseCollectionFilter,
  parseSorters,
  type Sort,
  type SortTable,
} from '@app/query';
import { type JsonSerializer, sendJsonList } from '../../http/json-reply.js';
import type { CollectionQuery } from './collection.query.js';

/** What one of the vendor's collections can be asked. */
export interface CollectionFields {
  readonly fields: FieldTable;
  readonly sorters: SortTable;
  /** Fields that are published under other names than they are kept. */
  readonly derived: DerivedFields;
}

/** What is searched for, in our own words. */
export function searchOf(query: CollectionQuery, { fields, sorters, derived }: CollectionFields): OffsetSearch {
  const asked = query.filters === undefined ? everything : parseCollectionFilter(query.filters, fields);
  return {
    where: onKept(asked, derived, fold),
    sort: sortOf(query.sorters ?? '', sorters, derived),
    limit: query.limit,
    offset: query.offset,
    withTotal: query.count,
  };
}

/** What is the same of all sorts nothing, and leaves the order to the next key, or to the id. */
function sortOf(text: string, sorters: SortTable, derived: DerivedFields): readonly Sort[] {
  const asked = parseSorters(text, sorters);
  const kept = asked.filter(({ path }) => !(Object.hasOwn(derived, path) && 'always' in derived[path]!));
  return kept.length > 0 ? kept : asked.slice(0, 1).map(({ direction }) => ({ path: 'id', direction }));
}

/** The answer of a list of these in the published document. */
export function listOf(items: ApiResponseSchemaHost['schema']) {
  return {
    schema: { type: 'array' as const, items },
    headers: {
      'X-Total-Count': {
        schema: { type: 'integer' as const },
        description: 'With count=true: the number without limit and offset.',
      },
    },
  };
}

/** One slice, with the total if it was asked for. */
export function sendSlice<Row, Item>(
  reply: FastifyReply,
  page: OffsetPageOf<Row>,
  present: (row: Row) => Item,
  write: JsonSerializer<Item>,
): Buffer {
  if (page.total !== undefined) reply.header('X-Total-Count', String(page.total));
  return sendJsonList(reply, write, page.items.map(present));
}
