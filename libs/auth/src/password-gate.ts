import { Injectable } from '@nestjs/common';
import { fold, isStorable } from '@app/kernel';
import { Database } from '@app/persistence';
import { bucketOf } from './attempt-store.js';
import { hashesAtOnce, PasswordService } from './password.service.js';
import {
  candidateIn,
  lookById,
  lookByName,
  type LookRow,
  obstacle,
  type Proven,
  provenFrom,
} from './sign-in-candidate.js';
import { type Door, type SignIn, SignInJudge } from './sign-in-judge.js';
import type { SignInOrigin } from './sign-in.js';
import { Turns } from './turns.js';

export interface NamedPassword {
  /** User name or e-mail address. */
  readonly username: string;
  readonly password: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

/** Hashes and, so that none of them waits for the database, the looks before them. A burst is let in little by little. */
const triesAtOnce = hashesAtOnce + 2;
const waiting = 200;
/** Whoever has waited so long has gone; and where the database hangs, those behind are told so at once. */
const patienceMs = 10_000;

/** Where passwords are tried, by whatever door. The same steps for every outcome: one look, one hash, one judgement. */
@Injectable()
export class PasswordGate {
  private readonly turns = new Turns(triesAtOnce, waiting, patienceMs);

  constructor(
    private readonly database: Database,
    private readonly passwords: PasswordService,
    private readonly judge: SignInJudge,
  ) {}

  /** Whoever the name means, if the password is his and he may sign in; undefined for every reason why not. */
  async proveByName(
    { username, password, organization }: NamedPassword,
    origin: SignInOrigin,
    opens: Door['opens'],
  ): Promise<SignIn | undefined> {
    const key = isStorable(username) ? fold(username.trim()) : '';
    const bucket = bucketOf(key);
    const look = async () =>
      this.database.asSystem('a login names its organization before anybody is known', async (system) =>
        system.query(lookByName, [organization ?? null, key, bucket]),
      );
    return this.prove(look, bucket, password, { origin, opens });
  }

  async proveById(
    organizationId: string,
    userId: string,
    password: string,
    origin: SignInOrigin,
  ): Promise<Proven | undefined> {
    const bucket = bucketOf(userId);
    const look = async () => this.database.query({ organizationId }, lookById, [userId, bucket]);
    const door = { origin, opens: () => false };
    return (await this.prove(look, bucket, password, door))?.proven;
  }

  /** Whoever is judged has left his turn: the next hash does not wait for the disk. */
  private async prove(
    look: () => Promise<LookRow[]>,
    bucket: number,
    password: string,
    door: Door,
  ): Promise<SignIn | undefined> {
    const { row, readAt, correct } = await this.turns.take(async () => this.lookAndHash(look, password));
    if (!row || row.organization_id === null) return undefined;

    const found = candidateIn(row);
    const { organization_id: organizationId } = row;
    const because = obstacle(found, correct);
    const proven = found && because === undefined ? provenFrom(organizationId, found) : undefined;
    const counted = found ? { userId: found.id } : { bucket };
    return this.judge.settle({ ...door, organizationId, counted, proven, because }, { ...row, readAt });
  }

  private async lookAndHash(look: () => Promise<LookRow[]>, password: string) {
    const [row] = await look();
    const readAt = performance.now();
    const correct = await this.passwords.verify((row && candidateIn(row))?.password_hash ?? undefined, password);
    return { row, readAt, correct };
  }
}
