import { Injectable } from '@nestjs/common';
import { actorValues, eventsInsert } from '@app/audit';
import { ConflictError, fold, newId } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';
import { holdPeopleNamed, personColumns, type PersonRow } from './people.js';
import { holdNames } from './user-names.js';

/** Somebody who is not here yet. He is called by his address until he chooses a name. */
export interface GuestProfile {
  readonly email: string;
  readonly displayName: string;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
  /** E.164. */
  readonly phone: string | undefined;
  /** An IANA name. */
  readonly timezone: string | undefined;
  readonly timezoneAdjustForDst: boolean | undefined;
  readonly timeFormat: string | undefined;
}

export interface SettledGuests {
  /** By the key of their address. */
  readonly found: ReadonlyMap<string, PersonRow>;
  readonly made: readonly PersonRow[];
}

const told = {
  userName: 'user_name',
  displayName: 'display_name',
  email: 'email',
  active: 'active',
  firstName: 'first_name',
  lastName: 'last_name',
  phone: 'phone',
  timezone: 'timezone',
  timezoneAdjustForDst: 'timezone_adjust_for_dst',
  timeFormat: 'time_format',
};
const document = Object.entries(told)
  .map(([name, column]) => `'${name}', u.${column}`)
  .join(', ');

const insert = statement<PersonRow>(
  undefined,
  `with u as (
     insert into app_user (organization_id, id, user_name, user_name_key, email, email_key, display_name, display_name_key,
       first_name, last_name, phone, timezone, timezone_adjust_for_dst, time_format, invitation_pending)
     select $1, g.id, g.email, g.email_key, g.email, g.email_key, g.display_name, g.display_name_key,
       g.first_name, g.last_name, g.phone, g.timezone, g.timezone_adjust_for_dst, g.time_format, true
       from jsonb_to_recordset($2::jsonb) as g (id uuid, email text, email_key text, display_name text, display_name_key text,
         first_name text, last_name text, phone text, timezone text, timezone_adjust_for_dst boolean, time_format text)
     returning *),
   told as (${eventsInsert(
     3,
     `select 'user.invited', 'user', u.id, null::jsonb, jsonb_strip_nulls(jsonb_build_object(${document})) from u`,
   )})
   select ${personColumns} from u`,
);
/** Such names are older than the rule that nobody is called by an address that is not his. */
const calledSo = statement<{ user_name: string }>(
  undefined,
  `select user_name from app_user where organization_id = $1 and user_name_key = any($2::text[]) and deleted_at is null limit 1`,
);

/** Makes users who are to be invited, however many, by the same few statements. */
@Injectable()
export class Guests {
  /**
   * Users of these addresses, for whom nobody else makes any meanwhile: those who are there by now, and those who are made.
   * Whoever is made cannot sign in yet: the caller brings the invitation along.
   */
  async settle(tx: Transaction, guests: readonly GuestProfile[]): Promise<SettledGuests> {
    if (guests.length === 0) return { found: new Map(), made: [] };
    const keys = guests.map(({ email }) => fold(email));
    await holdNames(tx, keys);
    const found = await holdPeopleNamed(tx, keys);
    const missing = guests.filter(({ email }) => !found.has(fold(email)));
    return { found, made: await this.insertAll(tx, missing) };
  }

  private async insertAll(tx: Transaction, guests: readonly GuestProfile[]): Promise<PersonRow[]> {
    if (guests.length === 0) return [];
    const [taken] = await tx.query(calledSo, [guests.map(({ email }) => fold(email))]);
    if (taken) throw new ConflictError(`${taken.user_name} is the user name of somebody who has another address.`);
    const rows = guests.map((guest) => ({
      id: newId(),
      email: guest.email,
      email_key: fold(guest.email),
      display_name: guest.displayName,
      display_name_key: fold(guest.displayName),
      first_name: guest.firstName,
      last_name: guest.lastName,
      phone: guest.phone,
      timezone: guest.timezone,
      timezone_adjust_for_dst: guest.timezoneAdjustForDst,
      time_format: guest.timeFormat,
    }));
    const made = await tx.query(insert, [JSON.stringify(rows), ...actorValues(tx.caller)]);
    tx.announce({ kind: 'user.created', ids: made.map(({ id }) => id) });
    return made;
  }
}
