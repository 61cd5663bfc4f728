import type { Feed, Run } from './sync-history.js';

interface AccountModel {
  cells: readonly string[];
  live: boolean;
}

/** What is simple enough to be said twice: which accounts there are, what their rows say, and who was linked by hand. */
export class Model {
  private readonly accounts: Record<Feed, Map<string, AccountModel>> = { hr: new Map(), wiki: new Map() };
  readonly manual = new Map<string, string>();
  /** What a held run would do. */
  private readonly held: Partial<Record<Feed, () => void>> = {};

  read(feed: Feed, rows: readonly string[], refused: readonly number[], run: Run): void {
    delete this.held[feed];
    const apply = () => this.apply(feed, rows, refused);
    if (run.state === 'needs_confirmation') this.held[feed] = apply;
    else apply();
  }

  decide(feed: Feed, what: 'confirm' | 'cancel'): void {
    if (what === 'confirm') this.held[feed]?.();
    delete this.held[feed];
  }

  live(feed: Feed): [string, readonly string[]][] {
    const found = [...this.accounts[feed]].filter(([, { live }]) => live);
    return found
      .map(([key, { cells }]) => [key, cells] as [string, readonly string[]])
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  private apply(feed: Feed, rows: readonly string[], refused: readonly number[]): void {
    const cells = rows.map((row) => row.split(','));
    const complete = cells.every(([key, ...others]) => key !== '' && others.length > 0);
    const named = new Set(cells.map(([key]) => key!.toLowerCase()));
    for (const [key, account] of this.accounts[feed]) if (complete && !named.has(key)) account.live = false;
    cells.forEach((row, i) => {
      if (!refused.includes(i + 2)) this.accounts[feed].set(row[0]!.toLowerCase(), { cells: row, live: true });
    });
  }
}
