import { type GuestProfile, parseDirectoryName, parseEmail } from '@app/directory';
import { compose, fold, hasUnseen, InvalidError, isTimeZone } from '@app/kernel';
import { isTimeFormat } from './time-format.js';

/** What may be said of somebody who is new. */
export interface PersonAttributes {
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly phone?: string | undefined;
  readonly timezone?: string | undefined;
  readonly timezoneAdjustForDst?: boolean | undefined;
  readonly timeFormat?: string | undefined;
}

/** Somebody by his address or, where he has none, by his user name. */
export interface PersonDraft extends PersonAttributes {
  readonly user: string;
}

/** One who was named in a request. What was said of him counts only if he is not here yet. */
export interface NamedPerson {
  readonly key: string;
  readonly user: string;
  /** Where in the request he was named first. */
  readonly field: string;
  readonly attributes: PersonAttributes;
}

const longestUser = 320;
const longestName = 120;

/** Holds people to the rules of each attribute, whoever they turn out to be. One for each request. */
export class PersonParser {
  private readonly zones = new Map<string, boolean>();

  parseAll(field: string, drafts: readonly PersonDraft[]): NamedPerson[] {
    return eachOnce(drafts.map((draft, at) => this.parse(`${field}.${at}`, draft)));
  }

  parse(field: string, { user: sent, ...said }: PersonDraft): NamedPerson {
    const user = compose(sent).trim();
    if (user.length === 0 || user.length > longestUser) {
      throw InvalidError.field(`${field}.user`, `${field}.user must be an e-mail address.`);
    }
    return { key: fold(user), user, field, attributes: this.parseAttributes(field, said) };
  }

  private parseAttributes(field: string, said: PersonAttributes): PersonAttributes {
    const { phone, timezone, timeFormat, timezoneAdjustForDst } = said;
    const refuse = (name: string, must: string) => {
      throw InvalidError.field(`${field}.${name}`, `${field}.${name} must be ${must}.`);
    };
    if (phone !== undefined && !/^\+[1-9][0-9]{1,14}$/.test(phone)) {
      refuse('phone', 'a number with its country, such as +61000000001');
    }
    if (timezone !== undefined && !this.isZone(timezone)) {
      refuse('timezone', 'the name of a time zone, such as Australia/Sydney');
    }
    if (timeFormat !== undefined && !isTimeFormat(timeFormat)) {
      refuse('timeFormat', 'made of tokens such as YYYY-MM-DD HH:mm:ss');
    }
    const first = parseName(`${field}.name.first`, said.first);
    const last = parseName(`${field}.name.last`, said.last);
    return { first, last, phone, timezone, timezoneAdjustForDst, timeFormat };
  }

  /** To ask for one costs more than all the rest of a person, and letter case makes no other. */
  private isZone(name: string): boolean {
    const key = name.toLowerCase();
    const known = this.zones.get(key) ?? isTimeZone(name);
    this.zones.set(key, known);
    return known;
  }
}

/** They are how some names are spelled, as in Persian. */
function withoutJoiners(name: string): string {
  return name.replaceAll(/[\u200c\u200d]/gu, '');
}

function parseName(field: string, sent: string | undefined): string | undefined {
  const name = compose(sent ?? '').trim();
  if (name === '') return undefined;
  if (name.length <= longestName && !hasUnseen(withoutJoiners(name))) return name;
  throw InvalidError.field(
    field,
    `${field} must have at most ${longestName} characters, all of them seen, and no blanks but single spaces.`,
  );
}

/** Of whoever is named several times, what was said first holds, attribute by attribute; a name is one. */
function merged(first: NamedPerson | undefined, again: NamedPerson): NamedPerson {
  if (!first) return again;
  const said = Object.entries(first.attributes).filter(([, value]) => value !== undefined);
  const named = first.attributes.first !== undefined || first.attributes.last !== undefined;
  const { first: _first, last: _last, ...unnamed } = again.attributes;
  return { ...first, attributes: { ...(named ? unnamed : again.attributes), ...Object.fromEntries(said) } };
}

/** In the order in which they are named first. */
export function eachOnce(named: readonly NamedPerson[]): NamedPerson[] {
  const people = new Map<string, NamedPerson>();
  for (const person of named) people.set(person.key, merged(people.get(person.key), person));
  return [...people.values()];
}

/** Whom nobody knows is invited, so he needs an address. It is stored as it is compared: in small letters. */
export function guestFrom({ key, user, field, attributes }: NamedPerson): GuestProfile {
  parseEmail(`${field}.user`, user);
  const email = parseDirectoryName(`${field}.user`, key);
  const { first, last, ...rest } = attributes;
  const displayName = [first, last].filter((name) => name !== undefined).join(' ') || email;
  const { phone, timezone, timezoneAdjustForDst, timeFormat } = rest;
  return { email, displayName, firstName: first, lastName: last, phone, timezone, timezoneAdjustForDst, timeFormat };
}
