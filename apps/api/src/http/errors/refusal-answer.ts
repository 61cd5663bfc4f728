import { errorWriterFor } from './surfaces.js';
import type { RefusalContext } from './error-writer.js';
import { type Refusal, statuses } from './refusal.js';

export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Everything that leaves the server for a refused request, whoever refused it. */
export function answerTo(refusal: Refusal, path: string, context: RefusalContext): RefusalAnswer {
  const writer = errorWriterFor(path);
  const { code, allow } = refusal;
  const wait = retryAfterOf(refusal);
  return {
    status: refusal.status ?? writer.statuses?.[code] ?? statuses[code],
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': context.requestId,
      ...(code === 'unauthenticated' && { 'www-authenticate': writer.challenge ?? bearerChallenge(refusal) }),
      ...(allow && { allow: allow.join(', ') }),
      ...(wait !== undefined && { 'retry-after': String(wait) }),
    },
    body: JSON.stringify(writer.body(refusal, context)),
  };
}

/** RFC 6750 §3: to whoever sent no token, nothing is said of an error. */
function bearerChallenge({ tokenError }: Refusal): string {
  return tokenError === undefined ? 'Bearer' : `Bearer error="${tokenError}"`;
}

function retryAfterOf({ code, retryAfterSeconds }: Refusal): number | undefined {
  if (retryAfterSeconds !== undefined) return Math.max(1, Math.ceil(retryAfterSeconds));
  if (code === 'too_many_requests') return 1;
  return code === 'unavailable' ? 5 : undefined;
}
