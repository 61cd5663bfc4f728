import { availableParallelism } from 'node:os';
import { hash, type Options, verify } from '@node-rs/argon2';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { type Argon2Setting, compose } from '@app/kernel';
import { Turns } from './turns.js';

export const argon2Setting = Symbol('Argon2Setting');

const defaults: Argon2Setting = { memoryKib: 19_456, passes: 2, lanes: 1 };
/** As many as there are cores, for each keeps one busy; four threads are all there are for such work. */
export const hashesAtOnce = Math.min(availableParallelism(), 4);
const waiting = 200;

/** Hashes are heavy on purpose, so only a few run at once and a flood of logins is turned away instead of queued. */
@Injectable()
export class PasswordService {
  private readonly turns = new Turns(hashesAtOnce, waiting);
  /** argon2id; PHC text keeps the costs beside each hash, so they can be raised later. */
  private readonly options: Options;
  /** How every hash of the present costs begins. */
  private readonly prefix: string;
  /** Verified in place of a hash that does not exist, so that an unknown user costs the same. */
  private readonly dummy: Promise<string>;

  constructor(@Optional() @Inject(argon2Setting) { memoryKib, passes, lanes }: Argon2Setting = defaults) {
    this.options = { memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
    this.prefix = `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$`;
    this.dummy = hash('no such user has this password', this.options);
  }

  async hash(password: string): Promise<string> {
    return this.turns.take(() => hash(compose(password), this.options));
  }

  async verify(storedHash: string | undefined, password: string): Promise<boolean> {
    const against = storedHash ?? (await this.dummy);
    const matches = await this.turns.take(() => verify(against, compose(password)));
    return matches && storedHash !== undefined;
  }

  /** Whether the hash was made at other costs than the present ones. */
  isOutdated(storedHash: string): boolean {
    return !storedHash.startsWith(this.prefix);
  }

  /** Whether one more hash would be taken at this moment. */
  get hasRoom(): boolean {
    return this.turns.hasRoom;
  }
}
