import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import type { CursorPageOf } from '@app/kernel';
import type { Condition } from '@app/query';
import type { OwnerSummary } from '@app/owners';
import { Database } from '@app/persistence';
import { CursorCodec, SecretBox } from '@app/secrets';
import { InsightsService } from './insights.service.js';
import { type FoundOwner, ownerSearchQuery, type SearchedPage } from './owner-search.js';

export interface OwnerSearchRequest {
  readonly where: Condition;
  readonly limit: number;
  /** The cursor an earlier page of the same search ended with. */
  readonly after?: string | undefined;
}

/** At one hit in a hundred a page is full. */
const nearby = 5_000;

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

  /** Live owners in the order they were made, page by page. Stored figures that time has changed are counted anew before they are asked for. */
  async search(
    caller: Caller,
    { where, limit, after }: OwnerSearchRequest,
    now = new Date(),
  ): Promise<CursorPageOf<OwnerSummary>> {
    const position = after === undefined ? undefined : this.cursors.decode(after, where);
    const page = { where, after: position, rows: limit + 1, at: now };
    let found = await this.fetch(caller, page);
    if (found.some(({ outdated }) => outdated)) {
      await this.insights.refreshDueOf(caller, now);
      found = await this.fetch(caller, page);
    }
    const rows = found.filter((row) => row.id !== null);

    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const endCursor = last ? this.cursors.encode([last.created_at, last.id], where) : null;
    return { items, hasNextPage: rows.length > limit, endCursor };
  }
  /**
   * Behind a cursor, whoever is met often is met soon; the planner, who reckons with the whole rest, would rather sort
   * them all. Who is rare is then looked for by whatever index knows him.
   */
  private async fetch(caller: Caller, page: SearchedPage): Promise<FoundOwner[]> {
    if (page.after !== undefined) {
      const near = await this.query(caller, { ...page, within: nearby });
      if (near.length === page.rows) return near;
    }
    return this.query(caller, page);
  }

  private async query(caller: Caller, page: SearchedPage): Promise<FoundOwner[]> {
    const { statement, values } = ownerSearchQuery(page);
    return this.database.query(caller, statement, values);
  }
}
