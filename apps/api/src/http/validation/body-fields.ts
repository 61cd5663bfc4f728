import { applyDecorators } from '@nestjs/common';
import { ValidateBy } from 'class-validator';
import ipaddr from 'ipaddr.js';
import { parseInstant } from '@app/query';
import { Omittable } from './omittable.js';

/** An optional instant that is still to come, as filters take them: a day there is, with its zone, before the year 10000. */
export function FutureInstant(): PropertyDecorator {
  return applyDecorators(
    Omittable(),
    ValidateBy({
      name: 'futureInstant',
      validator: {
        validate: isToCome,
        defaultMessage: (args) => `${args?.property} must be a time to come, such as 2030-01-31T12:00:00Z.`,
      },
    }),
  );
}

export function isToCome(value: unknown): boolean {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  return instant !== undefined && instant.getTime() > Date.now();
}

/** What a list may hold. */
interface ListRule {
  readonly atMost: number;
  readonly holds: (entry: unknown) => boolean;
  /** Said of an entry that does not hold, after `Each of <property> `. */
  readonly each: string;
  /** Where to say a thing twice says no more than once. */
  readonly mayRepeat?: true;
}

/**
 * A list whose size is judged before anything it holds, and of what none is in it twice unless it may be. Rules on the list and on its
 * entries side by side are all asked, however long it is, and to compare each entry with each other takes its square.
 */
export function ListOf(rule: ListRule): PropertyDecorator {
  return ValidateBy({
    name: 'listOf',
    validator: {
      validate: (value: unknown) => flawOf(value, '', rule) === undefined,
      defaultMessage: (args) => flawOf(args?.value, args?.property ?? '', rule) ?? '',
    },
  });
}

function flawOf(value: unknown, property: string, { atMost, holds, each, mayRepeat }: ListRule): string | undefined {
  if (!Array.isArray(value)) return `${property} must be a list.`;
  if (value.length > atMost) return `${property} must hold at most ${atMost} entries.`;
  if (!value.every((entry) => holds(entry))) return `Each of ${property} ${each}`;
  return mayRepeat || new Set(value).size === value.length ? undefined : `${property} must hold nothing twice.`;
}

/** A network in CIDR, or one address, as PostgreSQL writes it: `10.0.0.0/8`, `192.0.2.7/32`, `2001:db8::/32`. */
export function canonicalNetwork(value: unknown): string | undefined {
  if (typeof value !== 'string' || !ipaddr.isValid(value.split('/')[0] ?? '')) return undefined;
  try {
    const [base = '', bits, ...more] = value.split('/');
    if (more.length > 0) return undefined;
    const address = ipaddr.parse(base);
    const length = bits === undefined ? longestOf(address) : /^[0-9]{1,3}$/.test(bits) ? Number(bits) : NaN;
    if (!isPlain(base, address) || !(length >= 0 && length <= longestOf(address))) return undefined;
    const text = `${address.toString()}/${length}`;
    const network =
      address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text);
    return network.toString() === address.toString() ? text : undefined;
  } catch {
    return undefined;
  }
}

function longestOf(address: ipaddr.IPv4 | ipaddr.IPv6): number {
  return address.kind() === 'ipv4' ? 32 : 128;
}

/** Neither `10.1`, nor octal, nor a zone: spellings that others read otherwise. */
function isPlain(base: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.kind() === 'ipv4' ? ipaddr.IPv4.isValidFourPartDecimal(base) : !base.includes('%');
}
