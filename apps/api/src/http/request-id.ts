import type { IncomingMessage } from 'node:http';
import { newId } from '@app/kernel';

const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** The client's own id where it is harmless in a header and in a log line, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers['x-request-id'];
  return typeof sent === 'string' && acceptable.test(sent) ? sent : newRequestId();
}

/** 32 hex digits, sorted by time. */
export function newRequestId(): string {
  return newId().replaceAll('-', '');
}
