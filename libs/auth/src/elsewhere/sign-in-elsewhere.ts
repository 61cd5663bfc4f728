import { Injectable } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { AuditTrail, eventValues } from '@app/audit';
import { NotFoundError, type OidcProvider, UnauthenticatedError } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { Database, statement } from '@app/persistence';
import { SecretBox } from '@app/secrets';
import { type ProvenUser, Sessions } from '../sessions.js';
import { type Because, maySignIn } from '../sign-in-candidate.js';
import { newSession, openElsewhere, sessionValues } from '../sign-in-outcomes.js';
import { type SignedIn, signedInUser, type SignInOrigin } from '../sign-in.js';
import { AttemptTickets, requireAnswer } from './attempt-ticket.js';
import { isFor, issuerOf, Providers } from './providers.js';

interface FoundUser {
  readonly id: string;
  readonly name: string;
  readonly credential_version: number;
  readonly may_sign_in: boolean;
}

const userOfIdentity = statement<FoundUser>(
  'sign-in.user-elsewhere',
  `select u.id, u.display_name as name, u.credential_version, ${maySignIn('u')} as may_sign_in
     from external_identity e join app_user u on u.organization_id = $1 and u.id = e.user_id
    where e.organization_id = $1 and e.issuer = $2 and e.subject = $3`,
);

/** Where a provider's word is brought, and from where. */
interface Arrival {
  readonly provider: OidcProvider;
  readonly organizationId: string;
  readonly subject: string;
  readonly origin: SignInOrigin;
}

/** Signing in at an OpenID Connect provider. Whether somebody may is ours to say: it makes nobody a user. */
@Injectable()
export class SignInElsewhere {
  private readonly tickets: AttemptTickets;

  constructor(
    private readonly database: Database,
    private readonly providers: Providers,
    private readonly organizations: OrganizationService,
    private readonly sessions: Sessions,
    private readonly audit: AuditTrail,
    box: SecretBox,
  ) {
    this.tickets = new AttemptTickets(box);
  }

  /** @throws NotFoundError if there is none of that name */
  requireProvider(name: string): void {
    this.providers.client(name);
  }

  /**
   * Where to sign in, and the ticket to come back with.
   *
   * @param organization slug; undefined: the server's first organization
   */
  async begin(
    name: string,
    organization: string | undefined,
  ): Promise<{ readonly url: string; readonly ticket: string }> {
    const client = this.providers.client(name);
    if (client.provider.organizations) await this.organizationOf(client.provider, organization);
    const { url, secrets } = await client.begin();
    const attempt = { ...secrets, organization: organization ?? null };
    return { url: url.href, ticket: this.tickets.write(name, attempt) };
  }

  /** @param query the provider's answer, as the browser brought it */
  async complete(name: string, query: string, ticket: string | undefined, origin: SignInOrigin): Promise<SignedIn> {
    const client = this.providers.client(name);
    const { organization, ...secrets } = this.tickets.read(name, ticket);
    requireAnswer(query, secrets);
    const subject = await client.finish(query, secrets);
    const { provider } = client;
    const organizationId = await this.organizationOf(provider, organization ?? undefined).catch(notKnownThere);
    return this.admit({ provider, organizationId, subject, origin });
  }

  private async organizationOf(provider: OidcProvider, slug: string | undefined): Promise<string> {
    const id = await this.organizations.findId(slug);
    const names = id === undefined ? undefined : await this.organizations.namesOf(id);
    if (!names || !isFor(provider, names.slug)) throw new NotFoundError('provider');
    return names.id;
  }

  private async admit(arrival: Arrival): Promise<SignedIn> {
    const { provider, organizationId, subject } = arrival;
    const [user] = await this.database.query({ organizationId }, userOfIdentity, [issuerOf(provider), subject]);
    if (!user) throw await this.refused(arrival, 'unknownUser');
    const signedIn = user.may_sign_in ? await this.open(arrival, user) : undefined;
    if (!signedIn) throw await this.refused(arrival, 'mayNotSignIn', user.id);
    return signedIn;
  }

  /** Undefined if the user lost the right or the identity at this moment. */
  private async open({ provider, organizationId, subject, origin }: Arrival, found: FoundUser) {
    const { id, name, credential_version: credentialVersion } = found;
    const user: ProvenUser = { organizationId, id, name, credentialVersion };
    const opened = newSession();
    const caller = signedInUser(organizationId, user, origin);
    const after = { sessionId: opened.sessionId, address: origin.address, provider: provider.name };
    const event = eventValues(caller, { action: 'user.loggedIn', subjectType: 'user', subjectId: id, after });
    const values = [id, issuerOf(provider), subject, ...sessionValues(opened, user, origin), ...event];
    const [done] = await this.database.inOneStatement(caller, openElsewhere, values);
    if (!done) return undefined;
    await this.sessions.keepToLimit(caller, user, opened.sessionId, done.others);
    return this.sessions.signedIn(user, opened);
  }

  private async refused({ provider, organizationId, subject, origin }: Arrival, because: Because, userId?: string) {
    const caller = { ...serverCaller(organizationId, 'system', 'sign-in', null), requestId: origin.requestId };
    const after = { because, provider: provider.name, subject, address: origin.address };
    const of =
      userId === undefined
        ? ({ subjectType: 'organization', subjectId: organizationId } as const)
        : ({ subjectType: 'user', subjectId: userId } as const);
    await this.database.inTransaction(caller, async (tx) =>
      this.audit.record(tx, { action: 'user.loginRefused', ...of, after }),
    );
    return notKnownElsewhere();
  }
}

/** Only that it is not there: what the database failed at is no doing of whoever signs in. */
function notKnownThere(error: unknown): never {
  throw error instanceof NotFoundError ? notKnownElsewhere() : error;
}

/** One answer for all causes. */
export function notKnownElsewhere(): UnauthenticatedError {
  return new UnauthenticatedError('Nobody who may sign in here is known by this identity.');
}
