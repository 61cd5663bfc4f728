import { ApiProperty } from '@nestjs/swagger';
import { WholeNumber } from '../../http/validation/query-fields.js';

const furthest = 1_000_000_000;

/** Paging of the directory's lists. */
export class PageQuery {
  @ApiProperty({ name: 'page[offset]', required: false, type: 'integer', minimum: 0, default: 0 })
  @WholeNumber({ min: 0, max: furthest })
  'page[offset]'?: number;

  @ApiProperty({ name: 'page[limit]', required: false, type: 'integer', minimum: 1, maximum: 1_000, default: 100 })
  @WholeNumber({ min: 1, max: 1_000 })
  'page[limit]'?: number;
}

export function pageOf(query: PageQuery): { readonly limit: number; readonly offset: number } {
  return { limit: query['page[limit]'] ?? 100, offset: query['page[offset]'] ?? 0 };
}
