import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { newRequestId } from '../request-id.js';
import { answerTo } from './refusal-answer.js';
import { refusalOf } from './refusal.js';
import { plainPath } from './surfaces.js';

interface ClientError {
  readonly code?: string;
  /** A Buffer, whatever the framework's types say. */
  readonly rawPacket?: unknown;
}

/**
 * What Node's own parser refuses (headers too large, not HTTP, too slow) never becomes a request: answered on the socket.
 * @returns the status, unless nobody is left to hear it
 */
export function answerClientError(error: ClientError, socket: Socket): number | undefined {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const refusal = refusalOf(new HttpException('', statusOf(error.code)));
  const { status, headers, body } = answerTo(refusal, pathIn(error.rawPacket), {
    requestId: newRequestId(),
    namesLanguages: false,
  });
  const lines = Object.entries({
    ...headers,
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`);
  return status;
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

/** The first packet starts with the request line; of a later one the path is unknown. */
function pathIn(packet: unknown): string {
  const target =
    packet instanceof Buffer
      ? /^[A-Z]+ (\S+) HTTP\//.exec(packet.subarray(0, 4096).toString('latin1'))?.[1]
      : undefined;
  return plainPath(target ?? '/');
}
