import type { FastifyRequest } from 'fastify';
import type { ClientProof } from '@app/auth';
import { DomainError, InvalidError } from '@app/kernel';
import { formFields } from '../../http/bodies/form-fields.js';

type Fields = Readonly<Record<string, string>>;

/** RFC 6749 §5.2: the word is what clients read. */
class TokenRequestError extends InvalidError {
  constructor(
    readonly reason: 'unsupported_grant_type' | 'invalid_scope' | 'invalid_request',
    message: string,
  ) {
    super(message);
  }
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const knownScopes = ['sp:scopes:all', 'sp:scopes:default'];
const read = ['grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'scope'];

/** What a token request says of its client, from a form and, where the surface allows that, from the query. */
export async function clientProofIn(request: FastifyRequest, query: 'read' | 'ignored'): Promise<ClientProof> {
  const fields = await fieldsOf(request, query);
  const proofs = [basicIn(request, fields), secretIn(fields), assertionIn(fields)].filter(
    (proof) => proof !== undefined,
  );
  const { grant_type: grant, scope } = fields;
  if (grant === undefined) throw invalid('grant_type is required.');
  if (grant !== 'client_credentials') {
    throw new TokenRequestError('unsupported_grant_type', 'Only the grant type client_credentials is known here.');
  }
  if (scope?.split(' ').some((word) => word !== '' && !knownScopes.includes(word))) {
    throw new TokenRequestError('invalid_scope', `The scopes known here are ${knownScopes.join(' and ')}.`);
  }
  const [proof] = proofs;
  if (!proof) throw invalid('client_id and client_secret, or a client_assertion, are required.');
  if (proofs.length > 1) throw invalid('A client proves itself in one way only.');
  return proof;
}

async function fieldsOf(request: FastifyRequest, query: 'read' | 'ignored'): Promise<Fields> {
  const inBody = await formFields(request);
  const inQuery = query === 'read' ? (request.query as Readonly<Record<string, unknown>>) : {};
  const both = read.find((name) => name in inBody && name in inQuery);
  if (both !== undefined) throw invalid(`${both} must be sent once.`);
  const repeated = read.find((name) => name in inQuery && typeof inQuery[name] !== 'string');
  if (repeated !== undefined) throw invalid(`${repeated} must be sent once.`);
  return sentIn({ ...(inQuery as Fields), ...inBody });
}

/** RFC 6749 §3.2: a parameter without a value is as good as none. Some libraries send every field they know. */
function sentIn(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

function secretIn({ client_id: clientId, client_secret: secret }: Fields): ClientProof | undefined {
  if (secret === undefined) return undefined;
  if (clientId === undefined) throw invalid('client_id is required.');
  return { clientId, secret };
}

function assertionIn(fields: Fields): ClientProof | undefined {
  const { client_id: clientId, client_assertion: assertion, client_assertion_type: type } = fields;
  if (assertion === undefined && type === undefined) return undefined;
  if (assertion === undefined || type !== assertionType) {
    throw invalid(`client_assertion goes with the client_assertion_type ${assertionType}.`);
  }
  return { clientId, assertion };
}

/** RFC 6749 §2.3.1; another scheme is not meant for this door. The secret begins with words of its own, so an id that was sent unescaped may hold a colon. */
function basicIn({ headers }: FastifyRequest, fields: Fields): ClientProof | undefined {
  const { authorization } = headers;
  if (authorization === undefined || !/^Basic\b/i.test(authorization)) return undefined;
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? [];
  const text = Buffer.from(encoded ?? '', 'base64').toString();
  const colon = text.includes(':secret-token') ? text.indexOf(':secret-token') : text.indexOf(':');
  if (colon < 0) throw new DomainError('unauthenticated', 'The Authorization header cannot be read.');
  const clientId = unescaped(text.slice(0, colon));
  if ((fields['client_id'] ?? clientId) !== clientId)
    throw invalid('client_id is not that of the Authorization header.');
  return { clientId, secret: unescaped(text.slice(colon + 1)) };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalid('The Authorization header holds a broken percent escape.');
  }
}

function invalid(message: string): TokenRequestError {
  return new TokenRequestError('invalid_request', message);
}
