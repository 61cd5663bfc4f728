import { BlockList, isIP, isIPv6 } from 'node:net';

/** Whether an address lies in one of these networks (CIDR); none named: every address does. */
export function allowedFrom(networks: readonly string[], address: string): boolean {
  if (networks.length === 0) return true;
  if (isIP(address) === 0) return false;

  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits = ''] = network.split('/');
    list.addSubnet(base, Number(bits), isIPv6(base) ? 'ipv6' : 'ipv4');
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
