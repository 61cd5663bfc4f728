import { BlockList, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What is no address of the open internet. In IPv6 everything outside of its one open range is closed besides. */
const closedNetworks = {
  loopback: ['127.0.0.0/8', '::1/128'],
  unspecified: ['0.0.0.0/8', '::/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  'unique local': ['fc00::/7', 'fec0::/10'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  reserved: [
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
    '2001::/23',
    '2001:db8::/32',
    '3fff::/20',
  ],
};
const closed = Object.entries(closedNetworks).map(([kind, networks]) => ({ kind, list: listOf(networks) }));
const openIpv6 = listOf(['2000::/3']);

/** Ways of writing an IPv4 address as one of IPv6, and where its four bytes stand. */
const embeddings = [
  { kind: 'mapped', list: listOf(['::ffff:0:0/96']), at: 12 },
  { kind: 'compatible', list: listOf(['::/96']), at: 12 },
  { kind: 'NAT64', list: listOf(['64:ff9b::/96']), at: 12 },
  { kind: '6to4', list: listOf(['2002::/16']), at: 2 },
];

/** Which addresses the server may connect to. */
export class AddressPolicy {
  private readonly allowed: BlockList;

  /** `allow`: addresses and networks that are open although they are none of the open internet. */
  constructor(allow: readonly string[]) {
    this.allowed = listOf(allow);
  }

  /** What kind of address it is that may not be connected to; undefined if it may be. */
  refusal(address: string): string | undefined {
    const plain = withoutZone(address);
    const reached = innermostAddress(plain);
    if (holds(this.allowed, plain) || holds(this.allowed, reached)) return undefined;
    const kind = closed.find(({ list }) => holds(list, reached))?.kind;
    return kind ?? (isIPv6(reached) && !holds(openIpv6, reached) ? 'reserved' : undefined);
  }
}

/** The IPv4 address that an IPv6 address leads to, or the address itself, in one spelling. */
export function innermostAddress(address: string): string {
  const plain = withoutZone(address);
  if (isIPv4(plain)) return plain;
  const parsed = ipaddr.parse(plain);
  const bytes = parsed.toByteArray();
  // The loopback and the unspecified address look like IPv4 ones in the oldest of the ways.
  const embedding = isSmall(bytes) ? undefined : embeddings.find(({ list }) => list.check(plain, 'ipv6'));
  return embedding ? bytes.slice(embedding.at, embedding.at + 4).join('.') : parsed.toString();
}

export function isLoopbackAddress(address: string): boolean {
  return holds(listOf(closedNetworks.loopback), innermostAddress(address));
}

function isSmall(bytes: readonly number[]): boolean {
  return bytes.slice(0, 15).every((byte) => byte === 0);
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits] = network.split('/');
    const family = isIPv6(base) ? 'ipv6' : 'ipv4';
    list.addSubnet(base, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  }
  return list;
}

function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
