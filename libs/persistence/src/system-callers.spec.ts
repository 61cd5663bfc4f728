import { describe, expect, it } from 'vitest';
import { productSources } from '../../../test/support/sources.js';

/** Everybody who works without a tenant, and why he may. A new line here is a decision. */
const callers: Record<string, readonly string[]> = {
  'apps/api/src/http/limits/door-counters.ts': ['attempts are counted before anybody is known'],
  'apps/api/src/metrics/database-figures.ts': ['metrics are about the whole server'],
  'apps/api/src/readiness.ts': ['readiness is a question about the server'],
  'apps/worker/src/heartbeat.ts': ['a worker tells that it is there'],
  'apps/worker/src/maintenance.ts': ['partitions belong to the server'],
  'libs/accounts/src/account-tally.ts': ['totals of every organization are folded by one job'],
  'libs/auth/src/client-tokens.ts': ['a client id alone says whose it is'],
  'libs/auth/src/first-start.ts': ['the first start asks whether any organization exists'],
  'libs/auth/src/invitation-acceptance.ts': ['an invitation alone says whose it is'],
  'libs/auth/src/password-gate.ts': ['a login names its organization before anybody is known'],
  'libs/auth/src/principals.ts': ['a key alone says whose it is'],
  'libs/auth/src/session-refresh.ts': ['a refresh token alone says whose it is'],
  'libs/auth/src/sign-in-tidying.ts': ['callers of every organization leave things behind'],
  'libs/auth/src/signing-keys.ts': ['signing keys belong to the server, not to an organization'],
  'libs/directory/src/directory-search.ts': ['totals of every organization are folded by one job'],
  'libs/insights/src/insights.service.ts': [
    'statistics grow old in every organization',
    'a new risk model applies to every organization',
  ],
  'libs/jobs/src/job-queue.ts': [
    'the depth of a queue is a question about the server',
    'the job queue keeps its own schema',
  ],
  'libs/jobs/src/tasks.ts': ['tasks of every organization grow old'],
  'libs/mail/src/mail-tidying.ts': ['mail of every organization grows old'],
  'libs/organizations/src/organization.service.ts': ['a slug names an organization before anybody is known'],
  'libs/sync/src/leased-run.ts': ['a worker takes the next run of any organization'],
  'libs/sync/src/run-executor.ts': ['plans depend on sizes, not on organizations'],
  'libs/sync/src/run-queue.ts': ['rules change in every organization'],
  'libs/sync/src/run-tidying.ts': ['runs of every organization leave things behind'],
  'libs/sync/src/run-totals.ts': ['how runs go is a question about the server'],
  'libs/sync/src/scheduled-runs.ts': ['connectors of every organization have schedules'],
  'libs/sync/src/staging.ts': ['staging rows belong to a run and hold no organization'],
};

/** What an organization does to one it manages. */
const elsewhere = [
  'apps/cli/src/purge/acts-elsewhere.ts',
  'libs/administration/src/managed-organizations.ts',
  'libs/administration/src/managing-token.service.ts',
];

/** Statements of one organization that read or write those it manages, or the one that manages it. A new name here is a decision. */
const acrossOrganizations: Record<string, readonly string[]> = {
  'apps/cli/src/purge/acts-elsewhere.ts': ['managed'],
  'libs/administration/src/implicit-administrators.ts': ['managersNamed'],
  'libs/administration/src/usage.service.ts': ['counted'],
  'libs/auth/src/askers.ts': ['managingAsker'],
  'libs/auth/src/invitation-acceptance.ts': ['rolesOfBoth'],
  'libs/auth/src/managing.ts': ['managersOf'],
  'libs/auth/src/principals.ts': ['liveManaging'],
  'libs/organizations/src/managed-rows.ts': [
    'managedById',
    'holdManaged',
    'holdManager',
    'listManaged',
    'insertManaged',
    'changeManaged',
  ],
  'libs/organizations/src/organization.service.ts': ['firstOrganization'],
};

const sources = productSources();

/** The constants of a file whose text names both the table of organizations and who manages one, or says so with others' words. */
function namingTheManager(source: string): string[] {
  return source.split(/^(?:export )?const (?=\w)/m).flatMap((constant) => {
    const texts = constant.match(/`[^`]*`|'[^'\n]*'/g) ?? [];
    const naming = texts.filter(
      (text) => (/\bparent_id\b/.test(text) && /\borganization\b/.test(text)) || text.includes('${managersOf}'),
    );
    return naming.map(() => /^\w*/.exec(constant)![0]);
  });
}

describe('work as the system', () => {
  it('is done by nobody but those listed here', () => {
    const found = sources.filter(
      ({ path, text }) => path !== 'libs/persistence/src/database.ts' && /\basSystem[(<]/.test(text),
    );
    expect(found.map(({ path }) => path)).toEqual(Object.keys(callers));
  });

  it('is not the only way into another organization: transactions of two of them are of these', () => {
    const found = sources.filter(
      ({ path, text }) => path !== 'libs/persistence/src/transaction.ts' && /\.elsewhere\(/.test(text),
    );
    expect(found.map(({ path }) => path)).toEqual(elsewhere);
  });

  it.each(Object.entries(callers))('in %s gives its reason', (path, reasons) => {
    const text = sources.find((source) => source.path === path)?.text ?? '';
    for (const reason of reasons) expect(text).toContain(`'${reason}'`);
  });

  it('is the only kind that has statements of no organization', () => {
    const found = sources.filter(
      ({ path, text }) => !path.startsWith('libs/persistence/') && /\bsystemStatement\b/.test(text),
    );
    expect(found.map(({ path }) => path).filter((path) => !(path in callers))).toEqual([
      'libs/auth/src/client-rows.ts',
      'libs/auth/src/sign-in-candidate.ts',
      'libs/insights/src/owner-statistics.ts',
    ]);
  });

  it('is not needed by statements of one organization about the one that manages it or those it manages: they are these', () => {
    const found = sources.map(({ path, text }) => [path, namingTheManager(text)] as const);
    expect(Object.fromEntries(found.filter(([, names]) => names.length > 0))).toEqual(acrossOrganizations);
  });
});
