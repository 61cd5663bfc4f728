const keptMs = 1_000;
const keptAtMost = 10_000;

interface Look<Found> {
  readonly until: number;
  readonly found: Promise<Found | undefined>;
  readonly organizationId: string | undefined;
}

/** What the database said within the last second, absence too. Bounded; the oldest goes first. */
export class RecentLooks<Found> {
  private readonly looks = new Map<string, Look<Found>>();

  /** `organizationId`: whose it is, if that is known before the look; else it is forgotten with every organization. */
  async look(key: string, organizationId: string | undefined, read: () => Promise<Found | undefined>) {
    const now = Date.now();
    const recent = this.looks.get(key);
    if (recent && recent.until > now) return recent.found;

    const look: Look<Found> = { until: now + keptMs, found: read(), organizationId };
    this.looks.delete(key);
    if (this.looks.size >= keptAtMost) this.looks.delete(this.looks.keys().next().value!);
    this.looks.set(key, look);
    // A failed look is not an answer: the next request asks again.
    look.found.catch(() => this.looks.delete(key));
    return look.found;
  }

  forget(organizationId: string): void {
    for (const [key, look] of this.looks) {
      if (look.organizationId === undefined || look.organizationId === organizationId) this.looks.delete(key);
    }
  }
}
