import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Configuration } from '@app/kernel';
import { CommandError } from '../command.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

type Where = Pick<Configuration, 'dataDir' | 'databaseUrl' | 'adminUser' | 'adminPassword'>;

/** The administrator of the demo, kept beside its database, so that a later run can sign in and print working lines. */
export class DemoLogin {
  readonly user: string;
  readonly password: string;
  /** Whether an earlier run made this database. */
  readonly known: boolean;

  constructor(private readonly where: Where) {
    const kept = this.read();
    this.known = kept !== undefined;
    this.user = kept?.user ?? where.adminUser;
    this.password = where.adminPassword ?? kept?.password ?? randomBytes(12).toString('base64url');
    if (!this.known) this.refuseForeignDatabase();
  }

  get file(): string {
    return join(this.where.dataDir, 'demo.json');
  }

  /** Before the first start, so that nobody is locked out by a crash, and again whenever the password has worked. */
  keep(): void {
    const { user, password } = this;
    this.touching(() => {
      makeDataDir(this.where.dataDir);
      writeFileSync(this.file, `${JSON.stringify({ user, password })}\n`, { mode: 0o600 });
    });
  }

  private read(): Login | undefined {
    const text = this.touching(() => (existsSync(this.file) ? readFileSync(this.file, 'utf8') : undefined));
    if (text === undefined) return undefined;
    const login = parsed(text);
    if (!login) {
      throw new CommandError(
        `${this.file} is damaged: write {"user": "...", "password": "..."} into it, or set OSTIARY_DATA_DIR to a new folder.`,
      );
    }
    return login;
  }

  private refuseForeignDatabase(): void {
    const { dataDir, databaseUrl } = this.where;
    if (databaseUrl !== undefined || !existsSync(join(dataDir, 'database.json'))) return;
    throw new CommandError(
      `The database in ${resolve(dataDir)} was not made by the demo: set OSTIARY_DATA_DIR to another folder for the demo, such as ${join(dataDir, 'demo')}.`,
    );
  }

  private touching<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CommandError(
        `The data folder ${resolve(this.where.dataDir)} cannot be used (${code}): set OSTIARY_DATA_DIR to a folder of yours.`,
      );
    }
  }
}

/** Started by root, the folder must let PostgreSQL's own user through to its part of it. */
function makeDataDir(dir: string): void {
  const asRoot = process.getuid?.() === 0;
  const made = mkdirSync(dir, { recursive: true, mode: asRoot ? 0o711 : 0o700 });
  if (made !== undefined && asRoot) chmodSync(dir, 0o711);
}

function parsed(text: string): Login | undefined {
  try {
    const { user, password } = JSON.parse(text) as Partial<Login>;
    return typeof user === 'string' && typeof password === 'string' ? { user, password } : undefined;
  } catch {
    return undefined;
  }
}
