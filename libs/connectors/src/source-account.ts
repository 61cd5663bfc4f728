export interface SourceEntitlement {
  /** The account field it came in: `groups`, `roles` or `entitlements`. */
  readonly attribute: string;
  readonly value: string;
  readonly kind: 'group' | 'role';
}

/** What a source says about one account; instants are ISO 8601 UTC. Null: the source does not tell. */
export interface SourceAccount {
  readonly nativeIdentity: string;
  readonly name: string;
  readonly displayName: string | null;
  readonly uuid: string | null;
  readonly email: string | null;
  readonly description: string | null;
  readonly disabled: boolean;
  readonly locked: boolean;
  readonly systemAccount: boolean;
  readonly createdAt: string | null;
  readonly lastLoginAt: string | null;
  readonly mfaEnabled: boolean | null;
  readonly passwordEnabled: boolean;
  readonly passwordLastSetAt: string | null;
  readonly privileged: boolean;
  readonly vaulted: boolean;
  readonly shared: boolean;
  readonly breached: boolean;
  readonly failedLogins: number;
  readonly inPrivilegedGroup: boolean;
  readonly inHighlyPrivilegedGroup: boolean;
  readonly hasHighlyPrivilegedRole: boolean;
  readonly entitlements: readonly SourceEntitlement[];
  /** Null: mapped, and empty in this row. */
  readonly attributes: Readonly<Record<string, string | null>>;
  /** What each correlation rule compares, in the order of the rules. */
  readonly correlation: readonly (string | null)[];
  /** Only from authoritative connectors. */
  readonly owner: SourceOwner | null;
}

/** What an authoritative source says about the person behind an account. */
export interface SourceOwner {
  readonly name: string;
  readonly email: string | null;
  readonly altEmail: string | null;
  readonly department: string | null;
  readonly title: string | null;
  readonly location: string | null;
  readonly ownerType: 'human' | 'service' | 'federated';
  readonly employmentType: string | null;
  readonly status: 'active' | 'inactive';
  readonly identityId: string;
  readonly mobilePhone: string | null;
  readonly phone: string | null;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly metadata: Readonly<Record<string, string | null>>;
  /** Identity id or e-mail of the manager. */
  readonly manager: string | null;
}

/** A row that is not taken over, and why. */
export interface RefusedRow {
  readonly line: number;
  readonly reason: string;
  readonly message: string;
  /** Which account the row is about, if that much could be read: a refused row is no absent account. */
  readonly accountKey: string | null;
}

export interface AcceptedRow {
  readonly line: number;
  /** The account's lasting key in its connector: the folded uuid where one is mapped, else the folded native identity. */
  readonly accountKey: string;
  readonly account: SourceAccount;
}

export type SourceRow = AcceptedRow | RefusedRow;

/** A row by whom it is about, without what it says of him. Keys are folded. */
export interface RowKey {
  readonly line: number;
  readonly accountKey: string;
  /** 32 hex digits over every cell the connector reads and over how it reads them. */
  readonly hash: string;
  /** From authoritative connectors: the keys that name a person, as far as they can be read. */
  readonly person: PersonKeys | null;
}

export interface PersonKeys {
  readonly identityKey: string | null;
  readonly emailKey: string | null;
  readonly managerKey: string | null;
}
