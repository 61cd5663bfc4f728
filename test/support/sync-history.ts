import { ConnectorService, parseConnectorConfig } from '@app/connectors';
import type { OwnerChanges } from '@app/owners';
import { RunService, RunWorker } from '@app/sync';
import { ByHand } from './by-hand.js';
import { principalOf } from './callers.js';
import type { GivenOrganization, Row } from './given.js';
import type { Workbench } from './workbench.js';

export type Feed = 'hr' | 'wiki';
export type Step =
  | { readonly do: 'read'; readonly feed: Feed; readonly rows: readonly string[] }
  | { readonly do: 'read again'; readonly feed: Feed }
  | { readonly do: 'link by hand'; readonly login: string; readonly owner: number }
  | { readonly do: 'release'; readonly login: string }
  | { readonly do: 'change owner'; readonly owner: number; readonly changes: OwnerChanges }
  | { readonly do: 'give manager'; readonly owner: number; readonly manager: number }
  | { readonly do: 'delete owner' | 'restore owner'; readonly owner: number }
  | { readonly do: 'rename connector'; readonly name: string }
  | { readonly do: 'change rules'; readonly rules: readonly { account: string; owner: string }[] }
  | { readonly do: 'confirm' | 'cancel'; readonly feed: Feed };

const columns: Readonly<Record<Feed, string>> = {
  hr: 'Id,Name,Mail,Dept,Boss,Status',
  wiki: 'login,staff,mail,off,groups,seen,changed,mfa,breached,shared,vaulted,fails',
};
const hrConfig = {
  kind: 'delimited-file',
  authoritative: true,
  mapping: {
    Id: 'nativeIdentity',
    Name: 'name',
    Mail: 'email',
    Dept: 'attributes.department',
    Boss: 'attributes.boss',
    Status: 'attributes.status',
  },
  ownerMapping: {
    name: 'name',
    email: 'email',
    'attributes.department': 'department',
    'attributes.boss': 'manager',
    'attributes.status': 'status',
  },
};
const wikiConfig = {
  kind: 'delimited-file',
  mapping: {
    login: 'nativeIdentity',
    staff: 'identityId',
    mail: 'email',
    off: 'disabled',
    groups: 'groups',
    seen: 'lastLoginAt',
    changed: 'passwordLastSetAt',
    mfa: 'mfaEnabled',
    breached: 'breached',
    shared: 'shared',
    vaulted: 'vaulted',
    fails: 'failedLoginsLastHour',
  },
  privilegedEntitlements: ['A'],
  highlyPrivilegedEntitlements: ['c'],
};

export interface Run extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
  readonly error: string | null;
}

/** An organization with an HR feed and a system, to which whatever may happen is done, step by step. */
export class SyncHistory {
  private constructor(
    private readonly bench: Workbench,
    readonly organization: GivenOrganization,
    readonly connectors: Readonly<Record<Feed, Row>>,
    readonly byHand: ByHand,
  ) {}

  static async begin(bench: Workbench, threshold = { percent: 100, rows: 100 }): Promise<SyncHistory> {
    const organization = await bench.given.organization();
    const deletionThreshold = threshold;
    const hr = await bench.connector(organization, 'HR', { ...hrConfig, deletionThreshold });
    const wiki = await bench.connector(organization, 'Wiki', { ...wikiConfig, deletionThreshold });
    return new SyncHistory(bench, organization, { hr, wiki }, new ByHand(bench.database, organization.id));
  }

  /** Uploads and runs; answers the run as it ended. */
  async read(feed: Feed, rows: readonly string[]): Promise<Run> {
    await this.bench.upload(this.organization, this.connectors[feed], [columns[feed], ...rows].join('\n'), new Date());
    return this.readAgain(feed);
  }

  async readAgain(feed: Feed): Promise<Run> {
    await this.bench.get(RunService).start(this.principal, this.addressOf(feed), false);
    return this.ended(feed);
  }

  /** Decides about a run that waits for it; undefined when none does. */
  async decide(feed: Feed, what: 'confirm' | 'cancel'): Promise<Run | undefined> {
    const [held] = await this.runs(feed, `state = 'needs_confirmation'`);
    if (!held) return undefined;
    await this.bench.get(RunService)[what](this.principal, this.addressOf(feed), held.id);
    return this.ended(feed, held.id);
  }

  async renameConnector(name: string): Promise<void> {
    await this.configure({ name });
  }

  /** Until the run that follows them is done. */
  async changeRules(correlationRules: readonly { account: string; owner: string }[]): Promise<void> {
    const { config } = this.connectors.wiki as unknown as { config: { deletionThreshold: object } };
    const { deletionThreshold } = config;
    await this.configure({ config: parseConnectorConfig({ ...wikiConfig, deletionThreshold, correlationRules }) });
    await this.idle();
  }

  rows<R = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.bench.given.sql<R>(text, [this.organization.id, ...values]);
  }

  /** Lines that were refused, without those that were taken over all the same. */
  async refusedLines(run: Run): Promise<number[]> {
    const notes = ['email_given_up', 'no_email', 'unknown_manager', 'manager_loop'];
    const found = await this.rows<{ line: number }>(
      'select line from refused_row where organization_id = $1 and run_id = $2 and reason <> all($3)',
      [run.id, notes],
    );
    return found.map(({ line }) => line);
  }

  private async configure(change: Parameters<ConnectorService['update']>[3]): Promise<void> {
    const { applicationId, connectorId } = this.addressOf('wiki');
    await this.bench.get(ConnectorService).update(this.principal, applicationId, connectorId, change);
  }

  private async ended(feed: Feed, id?: string): Promise<Run> {
    await this.idle();
    const [run] = await this.runs(feed, id === undefined ? 'true' : `id = '${id}'`);
    if (!run) throw new Error('no run');
    return run;
  }

  private async idle(): Promise<void> {
    const worker = this.bench.get(RunWorker);
    worker.wake();
    await worker.idle();
  }

  private runs(feed: Feed, condition: string): Promise<Run[]> {
    return this.rows<Run>(
      `select * from sync_run where organization_id = $1 and connector_id = $2 and ${condition} order by created_at desc, id desc`,
      [this.connectors[feed].id],
    );
  }

  private addressOf(feed: Feed) {
    const connector = this.connectors[feed];
    return { applicationId: String(connector['application_id']), connectorId: connector.id };
  }

  private get principal() {
    return principalOf(this.organization.id, ['Administrator']);
  }
}
