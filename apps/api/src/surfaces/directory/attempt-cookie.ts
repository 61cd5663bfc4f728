import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseCookie, stringifySetCookie } from 'cookie';
import { attemptSeconds } from '@app/auth';

const name = 'ostiary_sign_in';

/** The ticket of the last sign-in that this browser began at the provider; it is sent nowhere else. */
export class AttemptCookie {
  private readonly secure: boolean;

  constructor(publicUrl: string) {
    this.secure = publicUrl.startsWith('https:');
  }

  ticketIn(request: FastifyRequest): string | undefined {
    return parseCookie(request.headers.cookie ?? '')[name];
  }

  give(reply: FastifyReply, provider: string, ticket: string): void {
    this.set(reply, provider, ticket, attemptSeconds);
  }

  /** Whatever comes of it, a sign-in is tried once. */
  take(reply: FastifyReply, provider: string): void {
    this.set(reply, provider, '', 0);
  }

  private set(reply: FastifyReply, provider: string, value: string, maxAge: number): void {
    const path = `/api/v1/auth/oidc/${provider}`;
    // The provider's site leads the browser back: a stricter cookie would stay behind.
    const options = { httpOnly: true, secure: this.secure, sameSite: 'lax', path, maxAge } as const;
    reply.header('set-cookie', stringifySetCookie({ name, value, ...options }));
  }
}
