import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a listening server is reached; asked for port 0, only it knows its port. */
export function urlAt(host: string, server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
