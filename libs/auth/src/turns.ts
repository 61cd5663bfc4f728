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
  ) {}

  /** Whether one more would be taken at this moment. */
  get hasRoom(): boolean {
    return this.active < this.atOnce || this.queue.length < this.waiting;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (!this.hasRoom) throw refusal();
    const asked = performance.now();
    if (this.active >= this.atOnce) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.active++;
    try {
      if (performance.now() - asked > this.patienceMs) throw refusal();
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.active--;
    }
  }
}

function refusal(): DomainError {
  return new DomainError('too_many_requests', 'Too many sign-ins at the moment.', [], 2);
}
