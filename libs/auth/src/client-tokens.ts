import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { DomainError, isStorable } from '@app/kernel';
import { Database, violatedForeignKey } from '@app/persistence';
import { AccessTokens, type IssuedToken } from './access-tokens.js';
import { clientIdIn, type ProvenAssertion, provenAssertion } from './client-assertion.js';
import { askingClient, type AskingClientRow, holdRefusals, refusedLately, useNonce } from './client-rows.js';
import { newClientSecret } from './client-secret.js';
import { Principals } from './principals.js';
import { ProvenSecrets } from './proven-secrets.js';
import { RecentLooks } from './recent-looks.js';
import type { SignInOrigin } from './sign-in.js';
import { allowedFrom } from './source-networks.js';

/** How a client proves that it is the one. */
export type ClientProof =
  | { readonly clientId: string; readonly secret: string }
  | { readonly clientId: string | undefined; readonly assertion: string };

export interface ClientToken extends IssuedToken {
  readonly organizationId: string;
  readonly organizationSlug: string;
  readonly userId: string;
  /** The governed person the client's user is, if linked. */
  readonly ownerId: string | null;
}

/** Host names this server is called by: what an assertion must be meant for. */
export const assertionAudience = Symbol('assertionAudience');

/** One answer for an unknown client, a wrong secret, and a client that may not; which it was, only the trail knows. */
class InvalidClientError extends DomainError {
  readonly reason = 'invalid_client';

  constructor() {
    super('unauthenticated', 'The client is unknown, or its credentials are not valid.');
  }
}

/** How many refusals may wait for the trail; beyond it the refused wait as well. */
const refusalsAtMost = 20;

const answerLeavesMs = 5;

type Because = 'wrongCredential' | 'notAllowed' | 'addressNotAllowed' | 'replayed';

/** The client credentials grant (RFC 6749 §4.4). Rights are never in the token: it says which client asks, for which user. */
@Injectable()
export class ClientTokens implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ClientTokens.name);
  /** Stands in for the key of a client that does not exist, so that the work is the same. */
  private readonly nobodysKey = newClientSecret().publicKey;
  /** Refusals on their way into the trail. */
  private readonly refusals = new Set<Promise<void>>();
  /** A token it lets out is judged anew when it is used, so a client of a second ago is fresh enough. */
  private readonly clients = new RecentLooks<AskingClientRow>();
  private readonly secrets = new ProvenSecrets();

  constructor(
    private readonly database: Database,
    private readonly tokens: AccessTokens,
    principals: Principals,
    private readonly audit: AuditTrail,
    @Inject(assertionAudience) private readonly audience: readonly string[],
  ) {
    principals.alsoForget((organizationId) => this.clients.forget(organizationId));
  }

  async issue(proof: ClientProof, origin: Pick<SignInOrigin, 'address' | 'requestId'>): Promise<ClientToken> {
    const clientId = 'assertion' in proof ? (proof.clientId ?? clientIdIn(proof.assertion)) : proof.clientId;
    const client = await this.find(clientId ?? '');
    const because = await this.obstacle(client, clientId ?? '', proof, origin.address);
    if (!client || because !== undefined) {
      if (client) await this.follow(() => this.record(client, because, origin));
      throw new InvalidClientError();
    }

    const { organization_id: org, id: cid, user_id: sub, secret_version: ver } = client;
    const token = await this.tokens.sign({ sub, org, cid, ver });
    return { ...token, organizationId: org, organizationSlug: client.slug, userId: sub, ownerId: client.owner_id };
  }

  private async find(clientId: string): Promise<AskingClientRow | undefined> {
    if (clientId.length > 500 || !isStorable(clientId)) return undefined;
    return this.clients.look(clientId, undefined, async () => {
      const [client] = await this.database.asSystem('a client id alone says whose it is', (system) =>
        system.query(askingClient, [clientId]),
      );
      return client;
    });
  }

  private async obstacle(
    client: AskingClientRow | undefined,
    clientId: string,
    proof: ClientProof,
    address: string,
  ): Promise<Because | undefined> {
    const key = client?.public_key ?? this.nobodysKey;
    const audience = client ? this.audienceOf(client) : this.audience;
    const assertion =
      'assertion' in proof ? await provenAssertion(proof.assertion, clientId, key, audience) : undefined;
    const proven = 'secret' in proof ? this.secrets.isSecretOf(proof.secret, key) : assertion !== undefined;
    if (!client || !proven) return 'wrongCredential';
    if (!client.live) return 'notAllowed';
    if (!allowedFrom(client.source_networks, address)) return 'addressNotAllowed';
    return assertion && this.obstacleToUse(client, assertion);
  }

  /** An assertion is good once, and not for a client that was deleted since it was looked at. */
  private async obstacleToUse(
    { organization_id: organizationId, id }: AskingClientRow,
    { nonce, until }: ProvenAssertion,
  ): Promise<Because | undefined> {
    try {
      const used = await this.database.query({ organizationId }, useNonce, [id, nonce, new Date(until)]);
      return used.length > 0 ? undefined : 'replayed';
    } catch (error) {
      if (violatedForeignKey(error) === 'used_nonce_client_exists') return 'notAllowed';
      throw error;
    }
  }

  /** Whoever reaches the organization by its own host name means that one. */
  private audienceOf({ slug }: AskingClientRow): string[] {
    return [...this.audience, ...this.audience.map((host) => `${slug}.${host}`)];
  }

  /** Once a minute for each client and cause: its id is no secret, and whoever knows it could fill the trail. */
  private async record(
    client: AskingClientRow,
    because: Because | undefined,
    { address, requestId }: Pick<SignInOrigin, 'address' | 'requestId'>,
  ): Promise<void> {
    try {
      const caller = { ...serverCaller(client.organization_id, 'system', 'token door', null), requestId };
      await this.database.inTransaction(caller, async (tx) => {
        await tx.query(holdRefusals, [client.id, because]);
        if ((await tx.query(refusedLately, [client.id, because])).length > 0) return;
        const event = { action: 'client.refused', subjectType: 'client', subjectId: client.id } as const;
        await this.audit.record(tx, { ...event, after: { because, address } });
      });
    } catch (error) {
      this.logger.error({ err: error, client: client.id }, 'a refused client is missing in the trail');
    }
  }

  /**
   * The trail is written after the answer, whose time would else tell a known client from an unknown one; within bounds.
   * Even to begin a transaction takes a time that can be measured, so it begins when the answer is well away.
   */
  private async follow(record: () => Promise<void>): Promise<void> {
    const refusal = sleep(answerLeavesMs).then(record);
    this.refusals.add(refusal);
    void refusal.finally(() => this.refusals.delete(refusal));
    if (this.refusals.size > refusalsAtMost) await refusal;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.refusals);
  }
}
