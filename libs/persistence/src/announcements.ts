import type { DomainEvent, DomainEventKind } from '@app/kernel';
import type { Transaction } from './transaction.js';

type EventOf<K extends DomainEventKind> = Extract<DomainEvent, { kind: K }>;
type Handler<K extends DomainEventKind> = (tx: Transaction, events: readonly EventOf<K>[]) => Promise<void>;

/** What of owners may be announced beforehand. */
type ForetoldEvent = EventOf<'owner.changed' | 'owner.deleted'>;
type ForetoldHandler = (tx: Transaction, event: ForetoldEvent, waits: boolean) => Promise<readonly string[]>;

interface Registration {
  readonly floor: number;
  readonly kinds: readonly DomainEventKind[];
  readonly handle: (tx: Transaction, events: readonly DomainEvent[]) => Promise<void>;
}

/** Floors of the libs that listen, lower first: what a lower one writes, a higher one sees. */
export const floors = {
  auth: 0,
  owners: 0,
  connectors: 0,
  accounts: 1,
  insights: 2,
  sync: 3,
  administration: 3,
} as const;

/** Libs above register here at start; their handlers run before commit, in the transaction of the change. */
export class Announcements {
  private readonly registrations: Registration[] = [];
  private readonly forewarned: ForetoldHandler[] = [];

  /** Of several kinds the handler gets all events at once. */
  on<K extends DomainEventKind>(floor: keyof typeof floors, kinds: K | readonly K[], handle: Handler<K>): void {
    this.registrations.push({ floor: floors[floor], kinds: [kinds].flat(), handle: handle as Registration['handle'] });
    this.registrations.sort((a, b) => a.floor - b.floor);
  }

  /** Whoever will write more than the owners because of it holds that now, and names other owners whom it concerns. */
  beforehand(handle: ForetoldHandler): void {
    this.forewarned.push(handle);
  }

  /**
   * To be told before the owners are held, and once more, without waiting, when they are: what has come to them between.
   * @returns other owners whom it concerns
   */
  async foretell(tx: Transaction, event: ForetoldEvent, { waits }: { readonly waits: boolean }): Promise<string[]> {
    const concerned: string[] = [];
    for (const handle of this.forewarned) concerned.push(...(await handle(tx, event, waits)));
    return concerned;
  }

  /** Hands each handler all events of its kind at once; a handler's own announcements reach the floors above it. */
  async deliver(tx: Transaction, announced: DomainEvent[]): Promise<void> {
    for (const { kinds, handle } of this.registrations) {
      const events = announced.filter((event) => kinds.includes(event.kind));
      if (events.length > 0) await handle(tx, events);
    }
  }
}
