export interface TrailEvent {
  readonly at: Date;
  readonly action: string;
  readonly subject_id: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

interface Known {
  readonly id: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Facts that the trail tells otherwise than the rows. Events of one transaction have one instant and no order among
 * them, so whatever the newest of them say is believed.
 */
export function untoldFacts(subjects: readonly Known[], trail: readonly TrailEvent[]): string[] {
  // An owner's account has a name of its own.
  const own = trail.filter(({ action }) => !action.startsWith('owner.account'));
  const of = Map.groupBy(own, ({ subject_id }) => subject_id);
  return subjects.flatMap(({ id, facts }) => {
    const events = of.get(id) ?? [];
    return Object.entries(facts).flatMap(([fact, value]) => {
      const told = events.filter(({ after }) => after !== null && fact in after);
      const newest = Math.max(...told.map(({ at }) => at.getTime()));
      const last = told.filter(({ at }) => at.getTime() === newest).map(({ after }) => after![fact]);
      if (last.length === 0 || last.some((one) => same(one, value))) return [];
      return [`${fact} of ${id} is ${JSON.stringify(value)}, the trail says ${JSON.stringify(last)}`];
    });
  });
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

/** Accounts that an owner has gained once more than lost, by the trail: what he should have. */
export function heldByTrail(trail: readonly TrailEvent[]): Map<string, number> {
  const held = new Map<string, number>();
  const add = (owner: string, account: unknown, n: number) => {
    const key = `${owner} has ${String(account)}`;
    held.set(key, (held.get(key) ?? 0) + n);
  };
  for (const { action, subject_id, before, after } of trail) {
    if (action === 'owner.accountAdded') add(subject_id, after?.['accountId'], 1);
    if (action === 'owner.accountRemoved') add(subject_id, before?.['accountId'], -1);
  }
  return new Map([...held].filter(([, n]) => n !== 0));
}

/** Accounts created and returned once more than removed. */
export function liveByTrail(trail: readonly TrailEvent[]): Map<string, number> {
  const steps: Record<string, number> = { 'account.created': 1, 'account.returned': 1, 'account.removed': -1 };
  const live = new Map<string, number>();
  for (const { action, subject_id } of trail) {
    const step = steps[action];
    if (step !== undefined) live.set(subject_id, (live.get(subject_id) ?? 0) + step);
  }
  return new Map([...live].filter(([, n]) => n !== 0));
}
