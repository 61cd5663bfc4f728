import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Whom a limit counts as one: an IPv4 address, or the /64 of an IPv6 address, which is what one customer has at least. */
export function networkOf(address: string): string {
  // Asked for at every request: the usual address is its own spelling already.
  if (isIPv4(address)) return address;
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${parsed.toNormalizedString().split(':').slice(0, 4).join(':')}::/64`;
}
