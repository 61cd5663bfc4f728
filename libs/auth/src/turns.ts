import { DomainError } from '@app/kernel';

/** Heavy work for passwords: so much of it at once, the rest in the order it came, and a flood is turned away. */
export class Turns {
  private active = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly waiting: number,
    /** Whose turn comes later than this is refused as well. */
    private readonly patienceMs = Infinity,
    private readonly refusal: () => DomainError = tooMany,
  ) {}

  get isIdle(): boolean {
    return this.active === 0;
  }

  /** Whether one more would be taken at this moment. */
  get hasRoom(): boolean {
    return this.active < this.atOnce || this.queue.length < this.waiting;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (!this.hasRoom) throw this.refusal();
    const asked = performance.now();
    if (this.active >= this.atOnce) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.active++;
    try {
      if (performance.now() - asked > this.patienceMs) throw this.refusal();
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.active--;
    }
  }
}

/** Turns of a queue for each key, kept while somebody is in it: who is held up there holds up nobody of another key. */
export class TurnsByKey {
  private readonly queues = new Map<string, Turns>();

  constructor(private readonly queue: () => Turns) {}

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turns = this.queues.get(key) ?? this.queue();
    this.queues.set(key, turns);
    try {
      return await turns.take(work);
    } finally {
      if (turns.isIdle) this.queues.delete(key);
    }
  }
}

function tooMany(): DomainError {
  return new DomainError('too_many_requests', 'Too many sign-ins at the moment.', [], 2);
}
