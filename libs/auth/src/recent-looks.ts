import { RecentlyUsed } from './recently-used.js';

const keptMs = 1_000;
const keptAtLeast = 10_000;

interface Look<Found> {
  readonly until: number;
  readonly found: Promise<Found | undefined>;
  readonly organizationId: string | undefined;
}

/** What the database said within the last second, absence too. Bounded. */
export class RecentLooks<Found> {
  private readonly looks = new RecentlyUsed<Look<Found>>(keptAtLeast);

  /** `organizationId`: whose it is, if that is known before the look; else it is forgotten with every organization. */
  async look(key: string, organizationId: string | undefined, read: () => Promise<Found | undefined>) {
    const now = Date.now();
    const recent = this.looks.get(key);
    if (recent && recent.until > now) return recent.found;

    const look: Look<Found> = { until: now + keptMs, found: read(), organizationId };
    this.looks.set(key, look);
    // A failed look is not an answer: the next request asks again.
    look.found.catch(() => this.looks.delete(key));
    return look.found;
  }

  forget(organizationId: string): void {
    this.looks.deleteWhere((look) => look.organizationId === undefined || look.organizationId === organizationId);
  }
}
