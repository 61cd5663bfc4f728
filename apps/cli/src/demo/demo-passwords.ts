import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../command.js';

/** What the users of the sample company sign in with, kept beside the demo's own login for the runs to come. */
export class DemoPasswords {
  readonly file: string;
  private readonly kept: Map<string, string>;

  constructor(dataDir: string) {
    this.file = join(dataDir, 'demo-users.json');
    this.kept = new Map(Object.entries(this.read()));
  }

  /** Undefined for a user whom no demo in this folder made. */
  of(userName: string): string | undefined {
    return this.kept.get(userName);
  }

  /** Kept before a user is made with it, so that nobody is locked out by a crash. */
  make(userNames: readonly string[]): void {
    for (const name of userNames) {
      if (!this.kept.has(name)) this.kept.set(name, randomBytes(12).toString('base64url'));
    }
    const text = JSON.stringify(Object.fromEntries(this.kept), null, 2);
    writeFileSync(this.file, `${text}\n`, { mode: 0o600 });
  }

  private read(): Record<string, string> {
    if (!existsSync(this.file)) return {};
    try {
      const kept: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
      if (isPasswords(kept)) return kept;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw new CommandError(
      `${this.file} is damaged: repair it, or delete it and give the users passwords with "npm run ostiary -- set-password".`,
    );
  }
}

function isPasswords(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((password) => typeof password === 'string')
  );
}
