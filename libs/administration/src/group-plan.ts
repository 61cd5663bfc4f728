import { type GroupEdits, type OrganizationGroup, parseDirectoryName, parseIfNew } from '@app/directory';
import { ConflictError, fold, InvalidError, newId } from '@app/kernel';
import { accountLimits } from './account-limits.js';

/** A group as a request names it. */
export interface NamedGroup {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** One of the groups there will be. */
export interface PlannedGroup extends OrganizationGroup {
  /** Undefined: it is made. */
  readonly formerName: string | undefined;
}

export interface GroupPlan {
  /** In the order of the request. */
  readonly groups: readonly PlannedGroup[];
  readonly deleted: readonly OrganizationGroup[];
}

/**
 * Which groups there will be: each that is named is found by its id, else by its name, else made; those nobody named go.
 * Names are judged by what there is at the end, so two groups may exchange theirs.
 */
export function planGroups(existing: readonly OrganizationGroup[], named: readonly NamedGroup[]): GroupPlan {
  const byId = new Map(existing.map((group) => [group.id, group]));
  const byName = new Map(existing.map((group) => [fold(group.name), group]));
  const groups = named.map(({ id, name }, at) => {
    const found = (id && byId.get(id.toLowerCase())) || (name && byName.get(fold(name.trim()))) || undefined;
    return planned(`groups.${at}`, name, found);
  });
  const twice = firstTwice(groups.map(({ id }) => id));
  if (twice !== undefined) {
    throw InvalidError.field(`groups.${twice}`, `groups.${twice} is a group that is named before.`);
  }
  requireOwnNames('groups', groups);
  const kept = new Set(groups.map(({ id }) => id));
  return { groups, deleted: existing.filter(({ id }) => !kept.has(id)) };
}

/** Groups that are made beside those there are. */
export function planNewGroups(existing: readonly OrganizationGroup[], names: readonly string[]): PlannedGroup[] {
  const made = names.map((name, at) => planned(`${at}`, name, undefined));
  requireOwnNames('', made);
  for (const { name } of made) requireFree(existing, name);
  if (existing.length + made.length > accountLimits.groups) {
    throw new ConflictError(`An account has at most ${accountLimits.groups} groups.`);
  }
  return made;
}

/** One group that may be called otherwise from then on. */
export function planRename(
  existing: readonly OrganizationGroup[],
  group: OrganizationGroup,
  sent: string,
): PlannedGroup {
  const renamed = planned('', sent, group);
  requireFree(
    existing.filter(({ id }) => id !== group.id),
    renamed.name,
  );
  return renamed;
}

/** What is to be done for these groups to be there by these names. */
export function editsOf(groups: readonly PlannedGroup[]): Pick<GroupEdits, 'renamed' | 'made'> {
  const renamed = groups.flatMap(({ id, name, formerName }) =>
    formerName === undefined || formerName === name ? [] : [{ id, name, formerName }],
  );
  return { renamed, made: groups.filter(({ formerName }) => formerName === undefined) };
}

function planned(field: string, sent: string | undefined, found: OrganizationGroup | undefined): PlannedGroup {
  const at = field === '' ? 'name' : `${field}.name`;
  const given = sent ?? found?.name;
  if (given === undefined) throw InvalidError.field(at, `${at} is required: no group has this _id.`);
  const name = parseIfNew(parseDirectoryName, at, given, found?.name);
  return { id: found?.id ?? newId(), name, formerName: found?.name };
}

function requireOwnNames(field: string, groups: readonly PlannedGroup[]): void {
  const alike = firstTwice(groups.map(({ name }) => fold(name)));
  if (alike === undefined) return;
  const at = [field, alike, 'name'].filter((part) => part !== '').join('.');
  throw InvalidError.field(at, `${at} is the name of another group of this request.`);
}

function requireFree(existing: readonly OrganizationGroup[], name: string): void {
  if (!existing.some((other) => fold(other.name) === fold(name))) return;
  const message = 'This group name is taken.';
  throw new ConflictError(message, [{ field: 'name', message }]);
}

function firstTwice(keys: readonly string[]): number | undefined {
  const seen = new Set<string>();
  const at = keys.findIndex((key) => seen.size === seen.add(key).size);
  return at < 0 ? undefined : at;
}
