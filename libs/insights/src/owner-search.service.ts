import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import type { CursorPageOf } from '@app/kernel';
import type { Condition } from '@app/query';
import type { OwnerSummary } from '@app/owners';
import { Database } from '@app/persistence';
import { CursorCodec, SecretBox } from '@app/secrets';
import { InsightsService } from './insights.service.js';
import { ownerSearchQuery } from './owner-search.js';

export interface OwnerSearchRequest {
  readonly where: Condition;
  /** Whether stored figures are asked for: those that time has changed are counted anew before. */
  readonly byFigures: boolean;
  readonly limit: number;
  /** The cursor an earlier page of the same search ended with. */
  readonly after?: string | undefined;
}

/** Searches owners by everything known of them, the figures of their accounts too. */
@Injectable()
export class OwnerSearchService {
  private readonly cursors: CursorCodec;

  constructor(
    private readonly database: Database,
    private readonly insights: InsightsService,
    box: SecretBox,
  ) {
    this.cursors = new CursorCodec(box, 'owner search', 'after');
  }

  /** Live owners in the order they were made, page by page. */
  async search(
    caller: Caller,
    { where, byFigures, limit, after }: OwnerSearchRequest,
  ): Promise<CursorPageOf<OwnerSummary>> {
    const position = after === undefined ? undefined : this.cursors.decode(after, where);
    if (byFigures) await this.insights.refreshDueOf(caller);
    const query = ownerSearchQuery(where, position, limit + 1);
    const rows = await this.database.query(caller, query.statement, query.values);

    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const endCursor = last ? this.cursors.encode([last.created_at, last.id], where) : null;
    return { items, hasNextPage: rows.length > limit, endCursor };
  }
}
