import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { AddressPolicy, innermostAddress, isLoopbackAddress } from './address-policy.js';

export interface Endpoint {
  /** A name or an address, one of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where the server of a postgres:// URL listens. */
export function endpointOf(databaseUrl: string): Endpoint {
  const { hostname, port } = new URL(databaseUrl);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost', port: Number(port || 5432) };
}

export interface OutboundSettings {
  /** Addresses and networks that are open although they are none of the open internet. */
  readonly allow: readonly string[];
  /** Our own database, which nothing opens. */
  readonly database: Endpoint;
}

export interface ConnectOptions {
  /** For the name and the connection together. */
  readonly timeLimitMs: number;
  /** The operator of this server has named the host himself: any address will do, but our own database's. */
  readonly trusted?: boolean;
}

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}
export type Resolve = (host: string) => Promise<ResolvedAddress[]>;

/** Nothing was sent: the host leads to where this server may not go. */
export class OutboundRefusedError extends Error {}

/** Nobody answered, or the name is not known. */
export class OutboundFailedError extends Error {}

/** The way out for whatever a caller could lead somewhere: addresses are checked, and the checked one is connected to. */
export class Outbound {
  private readonly policy: AddressPolicy;

  constructor(
    private readonly settings: OutboundSettings,
    private readonly resolve: Resolve = (host) => lookup(host, { all: true }),
  ) {
    this.policy = new AddressPolicy(settings.allow);
  }

  /** Connects to an address that was checked: a name that is looked up again could lead elsewhere. */
  async connect(target: Endpoint, { timeLimitMs, trusted = false }: ConnectOptions): Promise<Socket> {
    const deadline = Date.now() + timeLimitMs;
    const addresses = await this.addressesOf(target, timeLimitMs);
    if (!trusted) this.requireOpen(target, addresses);
    await this.requireNotOurDatabase(target, addresses, deadline - Date.now());
    return connected(target, addresses, deadline - Date.now());
  }

  private async addressesOf({ host, port }: Endpoint, limitMs: number): Promise<ResolvedAddress[]> {
    const found = await within(limitMs, this.resolve(host)).catch((error: unknown) => {
      throw failure({ host, port }, error);
    });
    if (found.length === 0) throw failure({ host, port }, new Error('the name has no address'));
    return found;
  }

  /** One bad address is enough: who answers with several must not choose which of them is looked at. */
  private requireOpen({ host, port }: Endpoint, addresses: readonly ResolvedAddress[]): void {
    for (const { address } of addresses) {
      const kind = this.policy.refusal(address);
      if (kind === undefined) continue;
      throw new OutboundRefusedError(`${host}:${port} has the ${kind} address ${address}: OUTBOUND_ALLOW can open it.`);
    }
  }

  private async requireNotOurDatabase(target: Endpoint, addresses: readonly ResolvedAddress[], limitMs: number) {
    const { database } = this.settings;
    if (target.port !== database.port) return;

    const own = (await this.addressesOf(database, limitMs)).map(({ address }) => innermostAddress(address));
    const here = own.some(isOfThisMachine);
    const reached = addresses.map(({ address }) => innermostAddress(address));
    if (reached.some((address) => own.includes(address) || (here && isOfThisMachine(address)))) {
      throw new OutboundRefusedError(`${target.host}:${target.port} is this server’s own database.`);
    }
  }
}

/** A server on this machine answers at each of these. */
function isOfThisMachine(address: string): boolean {
  if (isLoopbackAddress(address) || address === '::' || address.startsWith('0.')) return true;
  return Object.values(networkInterfaces())
    .flat()
    .some((own) => own !== undefined && innermostAddress(own.address) === address);
}

async function connected(
  { host, port }: Endpoint,
  addresses: readonly ResolvedAddress[],
  limitMs: number,
): Promise<Socket> {
  const socket = connect({
    host,
    port,
    autoSelectFamily: true,
    lookup: (_host, _options, done) => done(null, [...addresses]),
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(limit);
      socket.destroy();
      reject(failure({ host, port }, error));
    };
    const limit = setTimeout(() => fail(new Error('no answer in time')), Math.max(limitMs, 0));
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(limit);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(Math.max(limitMs, 0), undefined, { signal: over.signal }).then(() => {
    throw new Error('no answer in time');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}

function failure({ host, port }: Endpoint, error: unknown): OutboundFailedError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new OutboundFailedError(`${host}:${port} cannot be reached: ${code ?? message}.`, { cause: error });
}
