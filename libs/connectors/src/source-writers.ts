import { Injectable } from '@nestjs/common';
import type { ConnectorConfig } from './connector-config.js';

/** An account as its source knows it. */
export interface SourceAccountAddress {
  readonly organizationId: string;
  readonly connectorId: string;
  readonly config: ConnectorConfig;
  readonly nativeIdentity: string;
  readonly uuid: string | null;
}

export interface WriteOptions {
  /** Names the request in a ticket system, for the source to verify. */
  readonly externalVerificationId?: string;
  /** Also where the account seems to be in that state already. */
  readonly forceProvisioning: boolean;
}

type Write = (account: SourceAccountAddress, options: WriteOptions) => Promise<void>;

/**
 * Changes accounts at their source. A write that throws is tried again, so it may arrive twice; the message of its last
 * error is shown to whoever asked.
 */
export interface AccountWriter {
  readonly enable: Write;
  readonly disable: Write;
  readonly unlock: Write;
}

/** Which kinds of connector can be written to. A delimited file is written by nobody. */
@Injectable()
export class SourceWriters {
  private readonly byKind = new Map<string, AccountWriter>();

  register(kind: string, writer: AccountWriter): void {
    this.byKind.set(kind, writer);
  }

  of(kind: string): AccountWriter | undefined {
    return this.byKind.get(kind);
  }
}
