import { heldByTrail, liveByTrail, type TrailEvent, untoldFacts } from './audit-replay.js';
import { deviating, expectedFigures, type PlainAccount, type PlainOwner } from './expected-figures.js';
import type { Given } from './given.js';

interface Account extends PlainAccount {
  readonly correlation: string;
  readonly name: string;
  readonly name_key: string;
  readonly email: string | null;
  readonly native_identity: string;
  readonly native_identity_key: string;
  readonly owner_name_key: string | null;
  readonly owner_state: string | null;
  readonly connector_name_key: string;
}
interface Owner extends PlainOwner {
  readonly name: string;
  readonly name_key: string;
  readonly email: string | null;
  readonly alt_email: string | null;
  readonly department: string | null;
  readonly department_key: string | null;
  readonly title: string | null;
  readonly title_key: string | null;
  readonly manager_id: string | null;
  readonly deleted_at: Date | null;
}
interface Connector {
  readonly id: string;
  readonly name_key: string;
}
type Figures = Record<string, unknown> & { readonly owner_id: string; readonly next_change_at: Date | null };

interface Facts {
  readonly now: Date;
  readonly accounts: readonly Account[];
  readonly live: readonly Account[];
  readonly owners: readonly Owner[];
  readonly connectors: readonly Connector[];
  readonly tally: readonly { connector_id: string; correlated: boolean; n: number }[];
  readonly held: readonly { account_id: string; n: number }[];
  readonly figures: readonly Figures[];
  readonly roles: readonly { id: string; name: string; department_key: string | null; title_key: string | null }[];
  readonly held_roles: readonly { owner_id: string; role_id: string }[];
  readonly trail: readonly TrailEvent[];
}

/**
 * What must be true of an organization after whatever happened to it, worked out from plain rows and never by the code
 * under test. @returns what is not true, in sentences.
 */
export async function brokenInvariants(
  given: Given,
  organization: { readonly id: string },
  ended: { readonly runOf?: string } = {},
): Promise<string[]> {
  const facts = await factsOf(given, organization.id);
  const deviation = ended.runOf === undefined ? [] : wrongDeviation(facts, ended.runOf);
  return [...rules.flatMap((rule) => rule(facts)), ...deviation];
}

async function factsOf(given: Given, id: string): Promise<Facts> {
  const all = <R>(text: string) => given.sql<R>(text, [id]);
  const accounts = await all<Account>('select * from account where organization_id = $1 order by id');
  return {
    now: new Date(),
    accounts,
    live: accounts.filter(({ deleted_at }) => deleted_at === null),
    owners: await all('select *, end_date::text as end_date from owner where organization_id = $1 order by id'),
    connectors: await all('select id, name_key from connector where organization_id = $1'),
    tally: await all(
      'select connector_id, correlated, sum(delta)::int as n from account_tally where organization_id = $1 group by 1, 2',
    ),
    held: await all(
      'select account_id, count(*)::int as n from account_entitlement where organization_id = $1 group by 1',
    ),
    figures: await all('select * from owner_statistics where organization_id = $1'),
    roles: await all('select * from business_role where organization_id = $1'),
    held_roles: await all('select owner_id, role_id from owner_role where organization_id = $1'),
    trail: await all(
      'select at, action, subject_id, before, after from audit_event where organization_id = $1 order by at, id',
    ),
  };
}

const rules: readonly ((facts: Facts) => string[])[] = [
  wrongTotals,
  wrongFigures,
  wrongRepetitions,
  wrongKeys,
  wrongLinks,
  wrongRoles,
  managerCircles,
  untoldChanges,
];

function wrongTotals({ connectors, live, tally }: Facts): string[] {
  return connectors.flatMap(({ id }) =>
    [true, false].flatMap((correlated) => {
      const counted = live.filter((a) => a.connector_id === id && (a.owner_id !== null) === correlated).length;
      const kept = tally.find((t) => t.connector_id === id && t.correlated === correlated)?.n ?? 0;
      return counted === kept ? [] : [`the tally of ${id} (correlated: ${correlated}) is ${kept}, not ${counted}`];
    }),
  );
}

function wrongFigures({ owners, live, figures, now }: Facts): string[] {
  const stored = new Map(figures.map((row) => [row.owner_id, row]));
  const liveOwners = owners.filter(({ deleted_at }) => deleted_at === null);
  const strangers = figures.filter(({ owner_id }) => !liveOwners.some(({ id }) => id === owner_id));
  const wrong = liveOwners.flatMap((owner) => {
    const row = stored.get(owner.id);
    if (!row) return [`owner ${owner.name} has no statistics`];
    // Time alone has changed them since, and a job of the clock is about to see to it.
    if (row.next_change_at !== null && row.next_change_at <= now) return [];
    return Object.entries(expectedFigures(owner, live, now)).flatMap(([name, expected]) => {
      const kept = row[name] instanceof Date ? row[name].toISOString() : row[name];
      return kept === expected ? [] : [`${name} of ${owner.name} is ${String(kept)}, not ${String(expected)}`];
    });
  });
  return [...wrong, ...strangers.map(({ owner_id }) => `statistics of ${owner_id}, who is gone, are kept`)];
}

function wrongRepetitions({ accounts, owners, connectors, held }: Facts): string[] {
  const ownerOf = new Map(owners.map((owner) => [owner.id, owner]));
  const nameOf = new Map(connectors.map(({ id, name_key }) => [id, name_key]));
  const heldBy = new Map(held.map(({ account_id, n }) => [account_id, n]));
  return accounts.flatMap((a) => {
    const owner = ownerOf.get(a.owner_id ?? '');
    const pairs: [string, unknown, unknown][] = [
      ['connector_name_key', a.connector_name_key, nameOf.get(a.connector_id)],
      ['entitlement_count', a.entitlement_count, heldBy.get(a.id) ?? 0],
    ];
    if (a.deleted_at === null) {
      pairs.push(['owner_name_key', a.owner_name_key, owner?.name_key ?? null]);
      pairs.push(['owner_state', a.owner_state, owner?.status ?? null]);
    }
    return pairs.flatMap(([column, kept, original]) =>
      kept === original ? [] : [`${column} of ${a.native_key} is ${String(kept)}, not ${String(original)}`],
    );
  });
}

const folded = (text: string | null) => text?.normalize('NFC').toLowerCase().normalize('NFC') ?? null;

function wrongKeys({ accounts, owners }: Facts): string[] {
  const pairs = [
    ...accounts.flatMap((a) => [
      [a.name, a.name_key],
      [a.email, a.email_key],
      [a.native_identity, a.native_identity_key],
    ]),
    ...owners.flatMap((o) => [
      [o.name, o.name_key],
      [o.email, o.email_key],
      [o.alt_email, o.alt_email_key],
      [o.department, o.department_key],
      [o.title, o.title_key],
    ]),
  ];
  const wrong = pairs.filter(([text, key]) => folded(text ?? null) !== key).map(([text, key]) => `${text} has ${key}`);
  const addresses = owners.filter((o) => o.deleted_at === null && o.email_key !== null).map((o) => o.email_key!);
  const natives = accounts.map((a) => `${a.connector_id} ${a.native_key}`);
  return [...wrong, ...repeated(addresses), ...repeated(natives)];
}

function repeated(keys: readonly string[]): string[] {
  return keys.filter((key, i) => keys.indexOf(key) !== i).map((key) => `${key} is there twice`);
}

function wrongLinks({ accounts, owners }: Facts): string[] {
  const gone = new Set(owners.filter(({ deleted_at }) => deleted_at !== null).map(({ id }) => id));
  return accounts.flatMap((a) => {
    if ((a.owner_id === null) !== (a.correlation === 'none')) return [`${a.native_key} is ${a.correlation} of nobody`];
    return gone.has(a.owner_id ?? '') ? [`${a.native_key} is linked to an owner who was deleted`] : [];
  });
}

/** Whoever is here has the one role of his department and title, and nobody else has any. */
function wrongRoles({ owners, roles, held_roles }: Facts): string[] {
  const pairOf = ({ department_key, title_key }: { department_key: string | null; title_key: string | null }) =>
    JSON.stringify([department_key, title_key]);
  const roleOf = new Map(roles.map((role) => [role.id, role]));
  const twice = roles.filter((role, i) => roles.findIndex((other) => pairOf(other) === pairOf(role)) !== i);
  const wrong = owners.flatMap((owner) => {
    const held = held_roles.filter(({ owner_id }) => owner_id === owner.id).map(({ role_id }) => roleOf.get(role_id)!);
    const none = owner.deleted_at !== null || (owner.department_key === null && owner.title_key === null);
    const expected = none ? [] : [pairOf(owner)];
    if (JSON.stringify(held.map(pairOf)) !== JSON.stringify(expected)) return [`${owner.name} has the wrong roles`];
    const name = [owner.department, owner.title].filter((text) => text !== null).join(' - ');
    return held.some((role) => folded(role.name) !== folded(name)) ? [`the role of ${owner.name} is misnamed`] : [];
  });
  return [...wrong, ...twice.map(({ name }) => `the role ${name} is there twice`)];
}

function managerCircles({ owners }: Facts): string[] {
  const managerOf = new Map(owners.map(({ id, manager_id }) => [id, manager_id]));
  return owners.flatMap(({ id, name }) => {
    let above = managerOf.get(id) ?? null;
    for (let steps = 0; above !== null && above !== id && steps < owners.length; steps++) {
      above = managerOf.get(above) ?? null;
    }
    return above === id ? [`${name} reports to himself in the end`] : [];
  });
}

function untoldChanges({ accounts, live, owners, trail }: Facts): string[] {
  const held = new Map(live.filter((a) => a.owner_id !== null).map((a) => [`${a.owner_id} has ${a.id}`, 1]));
  const known = new Set(owners.map(({ id }) => id));
  const ofOwners = owners.map(({ id, name, email, status, department, manager_id }) => ({
    id,
    facts: { name, email, status, department, managerId: manager_id },
  }));
  const ofAccounts = accounts.map(({ id, name, native_identity, owner_id, disabled, email }) => ({
    id,
    facts: { name, nativeIdentity: native_identity, ownerId: owner_id, disabled, email },
  }));
  const told = trail.filter(({ action, subject_id }) => !action.startsWith('owner.') || known.has(subject_id));
  return [
    ...different('links', held, heldByTrail(told)),
    ...different('live accounts', new Map(live.map(({ id }) => [id, 1])), liveByTrail(told)),
    ...untoldFacts([...ofOwners, ...ofAccounts], trail),
  ];
}

function different(what: string, rows: ReadonlyMap<string, number>, told: ReadonlyMap<string, number>): string[] {
  const keys = new Set([...rows.keys(), ...told.keys()]);
  return [...keys]
    .filter((key) => (rows.get(key) ?? 0) !== (told.get(key) ?? 0))
    .map((key) => `${what}: ${key} ${rows.get(key) ?? 0} times by the rows, ${told.get(key) ?? 0} by the trail`);
}

/** The marks of a connector's accounts are set at the end of its run, and only there. */
function wrongDeviation({ live }: Facts, connectorId: string): string[] {
  const accounts = live.filter((a) => a.connector_id === connectorId);
  const expected = deviating(accounts);
  return accounts
    .filter((a) => a.group_deviation !== expected.has(a.id))
    .map((a) => `${a.native_key} has the group deviation ${a.group_deviation}`);
}
