import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shiftDates } from './shift-dates.js';

/** One system of the sample company: what people use, what reads it, and its source file. */
export interface SampleSystem {
  readonly application: { readonly displayName: string; readonly description: string };
  readonly connector: { readonly displayName: string; readonly description: string; readonly config: object };
  readonly file: string;
}

/** A user of the sample company. Without a state he signs in with a password. */
export interface SampleUser {
  readonly userName: string;
  readonly displayName: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly state?: 'inactive' | 'external' | 'invited';
  readonly owns?: readonly SampleOwnership[];
}

/** The application whose connector somebody answers for, and as what. */
interface SampleOwnership {
  readonly application: string;
  readonly role: string;
}

export interface SampleGroup {
  readonly name: string;
  readonly roles: readonly string[];
  readonly within: string | null;
}

/** Who signs in, and with which rights. */
export interface SampleDirectory {
  /** Whom the printed lines sign in as. */
  readonly helpDesk: string;
  readonly groups: readonly SampleGroup[];
  readonly users: readonly SampleUser[];
}

const dayMs = 86_400_000;

export class SampleCompany {
  readonly name: string;
  readonly systems: readonly SampleSystem[];
  readonly directory: SampleDirectory;
  private readonly referenceDate: string;

  constructor(private readonly folder: string) {
    const company = this.read('company.json') as Pick<SampleCompany, 'name' | 'systems'> & { referenceDate: string };
    this.name = company.name;
    this.systems = company.systems;
    this.referenceDate = company.referenceDate;
    this.directory = this.read('directory.json') as SampleDirectory;
  }

  /** The organization's short name, as a login may name it. */
  get slug(): string {
    return this.name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '')
      .slice(0, 32);
  }

  /** The source file as if it had been written today: what was fresh on the reference date is fresh now. */
  fileOf({ file }: SampleSystem, today = new Date()): string {
    const days = Math.floor(today.getTime() / dayMs) - Math.floor(Date.parse(this.referenceDate) / dayMs);
    return shiftDates(readFileSync(join(this.folder, file), 'utf8'), days);
  }

  private read(file: string): unknown {
    return JSON.parse(readFileSync(join(this.folder, file), 'utf8'));
  }
}
