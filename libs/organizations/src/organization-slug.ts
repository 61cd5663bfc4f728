import { randomInt } from 'node:crypto';
import { InvalidError } from '@app/kernel';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
const mostOfName = 24;
const drawn = 6;

/** Hosts of these names are taken for the operator's own: no other organization is to be found there. */
const reserved: readonly string[] = ['admin', 'api', 'auth', 'login', 'mail', 'smtp', 'sso', 'www'];

/** 3 to 32 small letters and digits: it stands in host names. */
export function parseSlug(field: string, sent: string): string {
  if (!/^[a-z0-9]{3,32}$/.test(sent))
    throw InvalidError.field(field, `${field} must be 3 to 32 small letters and digits.`);
  if (reserved.includes(sent)) throw InvalidError.field(field, `${field} must be none of ${reserved.join(', ')}.`);
  return sent;
}

/** What of a name can stand in one, and letters that tell it from others. */
export function slugFor(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  const end = Array.from({ length: drawn }, () => letters[randomInt(letters.length)]).join('');
  return plain.slice(0, mostOfName) + end;
}
