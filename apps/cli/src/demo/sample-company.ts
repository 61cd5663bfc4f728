import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shiftDates } from './shift-dates.js';

/** One system of the sample company: what people use, what reads it, and its source file. */
export interface SampleSystem {
  readonly application: { readonly displayName: string; readonly description: string };
  readonly connector: { readonly displayName: string; readonly description: string; readonly config: object };
  readonly file: string;
}

const dayMs = 86_400_000;

export class SampleCompany {
  readonly name: string;
  readonly systems: readonly SampleSystem[];
  private readonly referenceDate: string;

  constructor(private readonly folder: string) {
    const company = JSON.parse(readFileSync(join(folder, 'company.json'), 'utf8')) as SampleCompany;
    this.name = company.name;
    this.systems = company.systems;
    this.referenceDate = company.referenceDate;
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
}
