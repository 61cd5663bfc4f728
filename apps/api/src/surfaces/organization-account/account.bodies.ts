import type { PipeTransform } from '@nestjs/common';
import {
  type AccountDraft,
  type AccountGroupChanges,
  type AccountGroupDraft,
  accountLimits,
  type ManagedOrganizationChanges,
  type NewAccountGroup,
  type NewManagedOrganization,
  type PersonDraft,
} from '@app/administration';
import { InvalidError } from '@app/kernel';
import { managedTypes } from '@app/organizations';
import { LargeJson } from '../../http/bodies/large-json.js';
import { repeated } from '../../http/validation/modest-body.js';
import { accountAttributes, changeableAttributes } from './account.attributes.js';

/*
 * Read by hand: a class for each of two hundred thousand people, with rules that are looked up for every one, would take
 * many times as long as all the rest.
 */

type Fields = Readonly<Record<string, unknown>>;

const { administrators: mostAdministrators, groups: mostGroups, usersOfGroup } = accountLimits;
const longestText = 2_000;

/** What is to be otherwise about the account. */
export const accountChanges: PipeTransform<unknown, AccountDraft> = {
  transform(body) {
    const fields = bodyIn(body, changeableAttributes, accountAttributes);
    const { accountName, administrators, groups } = fields;
    return {
      name: accountName === undefined ? undefined : textAt('accountName', accountName),
      administrators:
        administrators === undefined ? undefined : peopleAt('administrators', administrators, mostAdministrators),
      groups:
        groups === undefined
          ? undefined
          : listAt('groups', groups, mostGroups).map((group, at) => groupAt(`groups.${at}`, group)),
    };
  },
};

/** Groups that are to be made. */
export const newGroups: PipeTransform<unknown, NewAccountGroup[]> = {
  transform(body) {
    const groups = read(body);
    if (!Array.isArray(groups) || groups.length === 0 || groups.length > mostGroups) {
      throw new InvalidError(`The body must be an array of 1 to ${mostGroups} groups.`);
    }
    return groups.map((sent: unknown, at) => {
      const { name, users } = objectAt(`${at}`, sent, ['name', 'users']);
      return { name: textAt(`${at}.name`, name), users: peopleAt(`${at}.users`, users, usersOfGroup) };
    });
  },
};

/** What is to be otherwise about one group, which may say by its id that it is that one. */
export const groupChanges: PipeTransform<unknown, AccountGroupChanges & { readonly id: string | undefined }> = {
  transform(body) {
    const { _id: id, name, users } = bodyIn(body, ['_id', 'name', 'users']);
    return {
      id: optional('_id', id, textAt),
      name: name === undefined ? undefined : textAt('name', name),
      users: users === undefined ? undefined : peopleAt('users', users, usersOfGroup),
    };
  },
};

/** An organization that is to be managed. */
export const newManagedOrganization: PipeTransform<unknown, NewManagedOrganization> = {
  transform(body) {
    const fields = bodyIn(body, ['accountName', 'accountType', 'slug', 'accountOwner']);
    const { accountName, accountType, slug, accountOwner } = fields;
    return {
      name: textAt('accountName', accountName),
      accountType: accountType === undefined ? 'MANAGED' : oneOf('accountType', accountType, ['MANAGED', 'TRIAL']),
      slug: optional('slug', slug, textAt),
      accountOwner: optional('accountOwner', accountOwner, personAt),
    };
  },
};

/** What is to be otherwise about a managed organization. */
export const managedOrganizationChanges: PipeTransform<unknown, ManagedOrganizationChanges> = {
  transform(body) {
    const { accountName, accountType } = bodyIn(body, ['accountName', 'accountType'], ['_id', 'slug', 'createdTime']);
    return {
      name: accountName === undefined ? undefined : textAt('accountName', accountName),
      accountType: accountType === undefined ? undefined : oneOf('accountType', accountType, managedTypes),
    };
  },
};

function read(body: unknown): unknown {
  const value = body instanceof LargeJson ? body.read() : body;
  if (value === undefined) throw new InvalidError('A JSON body is required.');
  return value;
}

function bodyIn(body: unknown, known: readonly string[], seen: readonly string[] = []): Fields {
  const sent = read(body);
  if (!isObject(sent)) throw new InvalidError('The body must be a JSON object.');
  const other = Object.keys(sent).find((name) => !known.includes(name));
  if (other === undefined) return sent;
  const field = repeated(other);
  throw InvalidError.field(
    field,
    seen.includes(other) ? `${field} cannot be changed.` : `The body takes only ${known.join(', ')}, not ${field}.`,
  );
}

function groupAt(at: string, sent: unknown): AccountGroupDraft {
  const { _id: id, name, users } = objectAt(at, sent, ['_id', 'name', 'users']);
  return {
    id: optional(`${at}._id`, id, textAt),
    name: optional(`${at}.name`, name, textAt),
    users: peopleAt(`${at}.users`, users, usersOfGroup),
  };
}

function peopleAt(at: string, sent: unknown, most: number): PersonDraft[] {
  return listAt(at, sent, most).map((person, i) => personAt(`${at}.${i}`, person));
}

const ofPerson = ['user', 'name', 'phone', 'timezone', 'timezoneAdjustForDst', 'timeFormat'];
/** What answers tell of somebody may be sent back; nothing is done with it. */
const onlyRead = ['lastLoginTime', 'profileActivateUrl'];

function personAt(at: string, sent: unknown): PersonDraft {
  const person = objectAt(at, sent, ofPerson, onlyRead);
  const { first, last } = optional(`${at}.name`, person['name'], nameAt) ?? {};
  return {
    user: textAt(`${at}.user`, person['user']),
    first,
    last,
    phone: optional(`${at}.phone`, person['phone'], textAt),
    timezone: optional(`${at}.timezone`, person['timezone'], textAt),
    timezoneAdjustForDst: optional(`${at}.timezoneAdjustForDst`, person['timezoneAdjustForDst'], truthAt),
    timeFormat: optional(`${at}.timeFormat`, person['timeFormat'], textAt),
  };
}

function nameAt(at: string, sent: unknown): Pick<PersonDraft, 'first' | 'last'> {
  const { first, last } = objectAt(at, sent, ['first', 'last']);
  return { first: optional(`${at}.first`, first, textAt), last: optional(`${at}.last`, last, textAt) };
}

/** Null says the same as nothing. */
function optional<T>(at: string, sent: unknown, parse: (at: string, sent: unknown) => T): T | undefined {
  return sent === undefined || sent === null ? undefined : parse(at, sent);
}

function listAt(at: string, sent: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(sent)) throw InvalidError.field(at, `${at} must be a list.`);
  if (sent.length > most) throw InvalidError.field(at, `${at} must hold at most ${most} entries.`);
  return sent as readonly unknown[];
}

function objectAt(at: string, sent: unknown, known: readonly string[], seen: readonly string[] = []): Fields {
  if (!isObject(sent)) throw InvalidError.field(at, `${at} must be an object.`);
  const other = Object.keys(sent).find((name) => !known.includes(name) && !seen.includes(name));
  if (other === undefined) return sent;
  const field = repeated(other);
  throw InvalidError.field(`${at}.${field}`, `${at} takes only ${known.join(', ')}, not ${field}.`);
}

function textAt(at: string, sent: unknown): string {
  if (typeof sent === 'string' && sent.length <= longestText) return sent;
  throw InvalidError.field(at, `${at} must be a text.`);
}

function oneOf<T extends string>(at: string, sent: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === sent);
  if (found !== undefined) return found;
  throw InvalidError.field(at, `${at} must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`);
}

function truthAt(at: string, sent: unknown): boolean {
  if (typeof sent === 'boolean') return sent;
  throw InvalidError.field(at, `${at} must be true or false.`);
}

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
