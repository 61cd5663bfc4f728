import { hash } from 'node:crypto';
import { foldOrNull } from '@app/kernel';
import {
  booleanIn,
  CellError,
  dateIn,
  emailIn,
  instantIn,
  limitedTextIn,
  listIn,
  oneOfIn,
  textIn,
  wholeNumberIn,
} from './cell-values.js';
import { type ConnectorConfig, readingOf } from './connector-config.js';
import type { PersonKeys, SourceAccount, SourceEntitlement, SourceOwner } from './source-account.js';
import type { AccountTarget, OwnerField } from './targets.js';

/** Reads one row's cells; made once a file from its header. */
export interface RowReader {
  /** Whose row it is, or null if it does not say. */
  key(cells: readonly string[]): string | null;
  hash(cells: readonly string[], takenAt: string): string;
  person(cells: readonly string[]): PersonKeys | null;
  /** @throws CellError */
  account(cells: readonly string[]): SourceAccount;
}

/** `called`: what refusals call the columns, if not by their header. */
export function rowReader(config: ConnectorConfig, header: readonly string[], called = header): RowReader {
  return new CellsReader(config, header, called);
}

type Read<T> = (text: string) => T;
type Cell = <T>(target: AccountTarget, read: Read<T>) => T;

const keyText = (text: string) => limitedTextIn(text, 1_024);
const shortText = (text: string) => limitedTextIn(text, 256);

class CellsReader implements RowReader {
  private readonly columns = new Map<AccountTarget, number>();
  private readonly attributes: readonly AccountTarget[];
  private readonly ownerSources = new Map<OwnerField, AccountTarget>();
  private readonly metadata: readonly (readonly [key: string, source: AccountTarget])[];
  private readonly keyTarget: AccountTarget;
  private readonly readColumns: readonly number[];
  private readonly reading: string;
  private readonly highlyPrivileged: ReadonlySet<string>;
  private readonly privileged: ReadonlySet<string>;

  constructor(
    private readonly config: ConnectorConfig,
    header: readonly string[],
    private readonly called: readonly string[],
  ) {
    for (const [column, target] of Object.entries(config.mapping)) this.columns.set(target, header.indexOf(column));
    for (const [target, field] of Object.entries(config.ownerMapping)) {
      this.ownerSources.set(field, target as AccountTarget);
    }
    this.attributes = [...this.columns.keys()].filter((target) => target.startsWith('attributes.'));
    this.metadata = [...this.ownerSources].flatMap(([field, source]) =>
      field.startsWith('metadata.') ? [[field.slice('metadata.'.length), source] as const] : [],
    );
    this.keyTarget = this.columns.has('uuid') ? 'uuid' : 'nativeIdentity';
    this.readColumns = Object.keys(config.mapping)
      .toSorted()
      .map((column) => header.indexOf(column));
    this.reading = readingOf(config);
    this.highlyPrivileged = new Set(config.highlyPrivilegedEntitlements);
    this.privileged = new Set([...config.privilegedEntitlements, ...config.highlyPrivilegedEntitlements]);
  }

  key(cells: readonly string[]): string | null {
    return keyIn(this.text(cells, this.keyTarget), keyText);
  }

  /** Figures that hold for an hour are another thing in every file, so the file's time is part of what the row says. */
  hash(cells: readonly string[], takenAt: string): string {
    let text = this.reading;
    for (const column of this.readColumns) {
      const cell = cells[column] ?? '';
      text += `${cell.length}:${cell}`;
    }
    const figure = this.text(cells, 'failedLoginsLastHour');
    return hash('sha256', /[1-9]/.test(figure) ? text + takenAt : text, 'hex').slice(0, 32);
  }

  person(cells: readonly string[]): PersonKeys | null {
    if (!this.config.authoritative) return null;
    const keyOf = (field: OwnerField, read: Read<string | null>) => {
      const source = this.ownerSources.get(field);
      return source === undefined ? null : keyIn(this.text(cells, source), read);
    };
    return {
      identityKey: keyOf('identityId', shortText) ?? keyIn(this.text(cells, 'nativeIdentity'), keyText),
      emailKey: keyOf('email', emailIn),
      managerKey: keyOf('manager', shortText),
    };
  }

  account(cells: readonly string[]): SourceAccount {
    const cell: Cell = (target, read) => this.read(cells, target, read);
    const nativeIdentity = cell('nativeIdentity', keyText);
    if (nativeIdentity === null) {
      throw new CellError('no_native_identity', `${this.nameOf('nativeIdentity')} is empty.`);
    }
    const entitlements = this.entitlements(cell);
    return {
      nativeIdentity,
      name: cell('name', keyText) ?? nativeIdentity,
      displayName: cell('displayName', keyText),
      uuid: cell('uuid', shortText),
      email: cell('email', emailIn),
      description: cell('description', textIn),
      disabled: cell('disabled', booleanIn) ?? false,
      locked: cell('locked', booleanIn) ?? false,
      systemAccount: cell('systemAccount', booleanIn) ?? false,
      createdAt: cell('createdAt', instantIn),
      lastLoginAt: cell('lastLoginAt', instantIn),
      mfaEnabled: cell('mfaEnabled', booleanIn),
      passwordEnabled: cell('passwordEnabled', booleanIn) ?? true,
      passwordLastSetAt: cell('passwordLastSetAt', instantIn),
      vaulted: cell('vaulted', booleanIn) ?? false,
      shared: cell('shared', booleanIn) ?? false,
      breached: cell('breached', booleanIn) ?? false,
      failedLogins: cell('failedLoginsLastHour', wholeNumberIn) ?? 0,
      ...this.privileges(cell, entitlements),
      entitlements,
      attributes: this.attributeValues(cell),
      correlation: this.config.correlationRules.map((rule) => cell(rule.account, keyText)),
      owner: this.config.authoritative ? this.owner(cell, nativeIdentity) : null,
    };
  }

  private text(cells: readonly string[], target: AccountTarget): string {
    const column = this.columns.get(target);
    return column === undefined ? '' : (cells[column] ?? '');
  }

  private read<T>(cells: readonly string[], target: AccountTarget, read: Read<T>): T {
    try {
      return read(this.text(cells, target));
    } catch (error) {
      if (error instanceof CellError) throw new CellError(error.reason, `${this.nameOf(target)} ${error.message}.`);
      throw error;
    }
  }

  private nameOf(target: AccountTarget): string {
    return this.called[this.columns.get(target) ?? -1] ?? target;
  }

  private entitlements(cell: Cell): SourceEntitlement[] {
    const held: SourceEntitlement[] = [];
    for (const attribute of entitlementAttributes) {
      if (!this.columns.has(attribute)) continue;
      const kind = attribute === 'roles' ? 'role' : 'group';
      for (const value of cell(attribute, listIn)) held.push({ attribute, value, kind });
    }
    return held;
  }

  private attributeValues(cell: Cell): Record<string, string | null> {
    const values: Record<string, string | null> = {};
    for (const target of this.attributes) values[target.slice('attributes.'.length)] = cell(target, textIn);
    return values;
  }

  /** Marks from the file and marks from what the account holds are or-ed. */
  private privileges(cell: Cell, entitlements: readonly SourceEntitlement[]) {
    const holds = (values: ReadonlySet<string>, kind: 'group' | 'role') =>
      values.size > 0 && entitlements.some((held) => held.kind === kind && values.has(held.value));
    const inHighlyPrivilegedGroup =
      (cell('inHighlyPrivilegedGroup', booleanIn) ?? false) || holds(this.highlyPrivileged, 'group');
    const inPrivilegedGroup =
      inHighlyPrivilegedGroup || (cell('inPrivilegedGroup', booleanIn) ?? false) || holds(this.privileged, 'group');
    const hasHighlyPrivilegedRole =
      (cell('hasHighlyPrivilegedRole', booleanIn) ?? false) || holds(this.highlyPrivileged, 'role');
    const flagged = cell('privileged', booleanIn) ?? false;
    return {
      inHighlyPrivilegedGroup,
      inPrivilegedGroup,
      hasHighlyPrivilegedRole,
      privileged: flagged || inPrivilegedGroup || hasHighlyPrivilegedRole || holds(this.privileged, 'role'),
    };
  }

  private owner(cell: Cell, nativeIdentity: string): SourceOwner {
    const field = <T>(name: OwnerField, read: Read<T>): T | null => {
      const source = this.ownerSources.get(name);
      return source === undefined ? null : cell(source, read);
    };
    const text = (name: OwnerField) => field(name, shortText);
    const name = text('name');
    if (name === null) throw new CellError('no_owner_name', 'The person has no name.');
    const startDate = field('startDate', dateIn);
    const endDate = field('endDate', dateIn);
    if (startDate !== null && endDate !== null && endDate < startDate) {
      throw new CellError('ends_before_start', 'The end date is before the start date.');
    }
    return {
      name,
      email: field('email', emailIn),
      altEmail: field('altEmail', emailIn),
      department: text('department'),
      title: text('title'),
      location: text('location'),
      ownerType: field('ownerType', (value) => oneOfIn(value, ['human', 'service', 'federated'])) ?? 'human',
      employmentType: text('employmentType'),
      status: field('status', (value) => oneOfIn(value, ['active', 'inactive'])) ?? 'active',
      identityId: text('identityId') ?? nativeIdentity,
      mobilePhone: text('mobilePhone'),
      phone: text('phone'),
      startDate,
      endDate,
      metadata: Object.fromEntries(this.metadata.map(([key, source]) => [key, cell(source, textIn)])),
      manager: text('manager'),
    };
  }
}

const entitlementAttributes = ['groups', 'roles', 'entitlements'] as const;

function keyIn(text: string, read: Read<string | null>): string | null {
  try {
    return foldOrNull(read(text));
  } catch {
    return null;
  }
}
