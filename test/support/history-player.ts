import { deepStrictEqual } from 'node:assert/strict';
import { DomainError } from '@app/kernel';
import type { Given } from './given.js';
import { Model } from './history-model.js';
import { brokenInvariants } from './invariants.js';
import type { Feed, Run, Step, SyncHistory } from './sync-history.js';

type StepByHand = Extract<
  Step,
  { do: 'link by hand' | 'release' | 'change owner' | 'give manager' | 'delete owner' | 'restore owner' }
>;

/** An address may be taken and a manager report to him: then nothing was done. */
async function unlessRefused(change: Promise<void>): Promise<void> {
  await change.catch((error: unknown) => {
    if (!(error instanceof DomainError)) throw error;
  });
}

/** Takes steps and looks after each whether all is as counting anew, and the model, say. */
export class Player {
  private readonly model = new Model();
  private readonly newest: Partial<Record<Feed, readonly string[]>> = {};

  constructor(
    private readonly given: Given,
    private readonly history: SyncHistory,
  ) {}

  async take(step: Step): Promise<void> {
    const runOf = await this.act(step);
    deepStrictEqual(await brokenInvariants(this.given, this.history.organization, runOf ? { runOf } : {}), []);
    const people = this.model.live('hr').map(([key, [, name, mail]]) => [key, name, mail]);
    deepStrictEqual(await this.liveRows('hr'), people);
    const logins = this.model.live('wiki').map(([key, [login, , mail, off]]) => [key, login, mail, off === 'true']);
    deepStrictEqual(await this.liveRows('wiki'), logins);
    deepStrictEqual(await this.manualLinks(), this.model.manual);
  }

  /** @returns the connector whose run has just ended well */
  private async act(step: Step): Promise<string | undefined> {
    switch (step.do) {
      case 'read':
        this.newest[step.feed] = step.rows;
        return this.ended(step.feed, await this.history.read(step.feed, step.rows));
      case 'read again':
        return this.readAgain(step.feed);
      case 'confirm':
      case 'cancel':
        return this.decide(step.feed, step.do);
      case 'rename connector':
        await this.history.renameConnector(step.name);
        return undefined;
      case 'change rules':
        await this.history.changeRules(step.rules);
        return undefined;
      default:
        await this.byHand(step);
        return undefined;
    }
  }

  private async ended(feed: Feed, run: Run): Promise<string | undefined> {
    const error = run.state === 'needs_confirmation' ? run.error : null;
    deepStrictEqual([run.state, run.error], [error === null ? 'succeeded' : run.state, error]);
    this.model.read(feed, this.newest[feed] ?? [], await this.history.refusedLines(run), run);
    return run.state === 'succeeded' ? this.history.connectors[feed].id : undefined;
  }

  private async readAgain(feed: Feed): Promise<string | undefined> {
    if (!this.newest[feed]) return undefined;
    const id = await this.ended(feed, await this.history.readAgain(feed));
    if (id === undefined) return undefined;
    const second = await this.history.readAgain(feed);
    const changed = [
      'accounts_created',
      'accounts_updated',
      'accounts_removed',
      'accounts_returned',
      'accounts_linked',
    ];
    for (const counter of [...changed, 'accounts_unlinked', 'owners_created', 'owners_updated', 'owners_deactivated']) {
      deepStrictEqual([counter, second[counter]], [counter, 0]);
    }
    return this.ended(feed, second);
  }

  private async decide(feed: Feed, what: 'confirm' | 'cancel'): Promise<string | undefined> {
    const run = await this.history.decide(feed, what);
    if (!run) return undefined;
    deepStrictEqual(run.state, what === 'confirm' ? 'succeeded' : 'cancelled');
    this.model.decide(feed, what);
    return what === 'confirm' ? this.history.connectors[feed].id : undefined;
  }

  private async byHand(step: StepByHand): Promise<void> {
    if (step.do === 'link by hand' || step.do === 'release') {
      const account = await this.account(step.login);
      const owner = step.do === 'release' ? null : await this.owner(step.owner);
      if (!account || owner === undefined || (owner === null && account['correlation'] !== 'manual')) return;
      await this.history.byHand.link(account.id, owner?.id ?? null);
      if (owner) this.model.manual.set(account.id, owner.id);
      else this.model.manual.delete(account.id);
      return;
    }
    if (step.do === 'restore owner') {
      const deleted = await this.owner(step.owner, 'deleted_at is not null');
      return deleted && unlessRefused(this.history.byHand.restore(deleted.id));
    }
    const owner = await this.owner(step.owner);
    if (!owner) return;
    if (step.do === 'change owner') return unlessRefused(this.history.byHand.change(owner.id, step.changes));
    if (step.do === 'give manager') {
      const manager = await this.owner(step.manager);
      return unlessRefused(this.history.byHand.change(owner.id, { manager_id: manager!.id }));
    }
    await this.history.byHand.delete(owner.id);
    for (const [account, linked] of this.model.manual) if (linked === owner.id) this.model.manual.delete(account);
  }

  private async account(login: string) {
    const [found] = await this.history.rows<{ id: string; correlation: string }>(
      `select id, correlation from account where organization_id = $1 and native_key = $2 and deleted_at is null`,
      [login],
    );
    return found;
  }

  private async owner(number: number, which = 'deleted_at is null') {
    const live = await this.history.rows<{ id: string }>(
      `select id from owner where organization_id = $1 and ${which} order by identity_key`,
    );
    return live[number % Math.max(1, live.length)];
  }

  private async liveRows(feed: Feed): Promise<unknown[]> {
    const columns = feed === 'hr' ? `name, coalesce(email, '')` : `native_identity, coalesce(email, ''), disabled`;
    const rows = await this.history.rows<{ row: unknown[] }>(
      `select jsonb_build_array(native_key, ${columns}) as row from account
        where organization_id = $1 and connector_id = $2 and deleted_at is null order by native_key`,
      [this.history.connectors[feed].id],
    );
    return rows.map(({ row }) => row);
  }

  private async manualLinks(): Promise<Map<string, string>> {
    const rows = await this.history.rows<{ id: string; owner_id: string }>(
      `select id, owner_id from account where organization_id = $1 and correlation = 'manual' order by id`,
    );
    return new Map(rows.map(({ id, owner_id }) => [id, owner_id]));
  }
}
