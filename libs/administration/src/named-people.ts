import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { Invitations } from '@app/auth';
import { Guests, holdPeopleNamed, keyOfPerson, type PersonRow } from '@app/directory';
import type { Transaction } from '@app/persistence';
import { guestFrom, type NamedPerson } from './named-person.js';

/** A user; with the way to finish his profile if this very request made it. */
export interface AccountPerson {
  readonly user: PersonRow;
  readonly activateUrl?: string;
}

/** Everybody of a request, found or made. */
export class SettledPeople {
  constructor(
    private readonly users: ReadonlyMap<string, PersonRow>,
    private readonly urls: ReadonlyMap<string, string>,
  ) {}

  /** Each user once, though he was named in two ways. */
  idsOf(people: readonly NamedPerson[]): string[] {
    return [...new Set(people.map((person) => this.userOf(person).id))];
  }

  peopleOf(people: readonly NamedPerson[]): AccountPerson[] {
    return people.map((person) => this.withUrl(this.userOf(person)));
  }

  /** Those who were there before. */
  knownAmong(userIds: readonly string[]): PersonRow[] {
    const wanted = new Set(userIds);
    const found = [...new Set(this.users.values())];
    return found.filter(({ id }) => wanted.has(id) && !this.urls.has(id));
  }

  withUrl(user: PersonRow): AccountPerson {
    const activateUrl = this.urls.get(user.id);
    return activateUrl === undefined ? { user } : { user, activateUrl };
  }

  private userOf({ key }: NamedPerson): PersonRow {
    const user = this.users.get(key);
    if (!user) throw new Error('somebody was neither found nor made');
    return user;
  }
}

/** Finds who is named; whoever nobody knows is made and invited. */
@Injectable()
export class NamedPeople {
  constructor(
    private readonly guests: Guests,
    private readonly invitations: Invitations,
  ) {}

  /** However many, by the same few statements. Nobody of them is deleted before the transaction ends. */
  async settle(
    tx: Transaction,
    caller: Principal,
    people: readonly NamedPerson[],
    { mailed }: { readonly mailed: boolean },
  ): Promise<SettledPeople> {
    const keys = people.map(({ key }) => key);
    const users = await holdPeopleNamed(tx, keys);
    const unknown = people.filter(({ key }) => !users.has(key)).map(guestFrom);
    const { found, made } = await this.guests.settle(tx, unknown);
    for (const [key, user] of found) users.set(key, user);
    for (const user of made) users.set(keyOfPerson(user), user);
    const tokens = await this.invitations.issueAll(tx, caller, made, { mailed });
    const urls = new Map([...tokens].map(([id, token]) => [id, this.invitations.urlOf(token)]));
    return new SettledPeople(users, urls);
  }
}
