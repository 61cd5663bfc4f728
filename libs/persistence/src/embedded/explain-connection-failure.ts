export interface DatabaseAddress {
  host: string;
  port: string;
  database: string;
  user: string;
}

type Explain = (at: DatabaseAddress) => string;

const refused: Explain = ({ host, port }) =>
  `Nothing answers on ${host}:${port}: start the database server there, or correct DATABASE_URL.`;
const noHost: Explain = ({ host }) => `The host "${host}" was not found: correct DATABASE_URL or the name service.`;
const unreachable: Explain = ({ host, port }) =>
  `The database server ${host}:${port} cannot be reached: check the network and its firewall.`;
const silent: Explain = ({ host, port }) =>
  `The database server ${host}:${port} did not answer in time: check the network, its firewall and its load.`;
const wrongPassword: Explain = ({ host, user }) =>
  `The database server ${host} refused the user "${user}" or its password: correct DATABASE_URL.`;
const notAllowed: Explain = ({ host, database, user }) =>
  `The database server ${host} lets the user "${user}" into "${database}" under no rule: add one to its pg_hba.conf or grant CONNECT.`;
const noDatabase: Explain = ({ host, database }) =>
  `The database "${database}" does not exist on ${host}: create it, or correct DATABASE_URL.`;
const tlsRequired: Explain = ({ host }) =>
  `The database server ${host} requires TLS: add ?sslmode=require to DATABASE_URL.`;
const noTls: Explain = ({ host }) =>
  `The database server ${host} offers no TLS: take sslmode out of DATABASE_URL, or switch TLS on there.`;
const untrusted: Explain = ({ host }) =>
  `The certificate of the database server ${host} is not trusted: add sslrootcert=<file of its authority> to DATABASE_URL.`;
const full: Explain = ({ host }) => `The disk of the database server ${host} is full: free some space there.`;
const crowded: Explain = ({ host }) =>
  `The database server ${host} has no connection left: end some clients, or raise its max_connections.`;
const busy: Explain = ({ host }) =>
  `The database server ${host} is starting or stopping just now: try again in a moment.`;
const noPostgres: Explain = ({ host, port }) =>
  `The server on ${host}:${port} closed the connection: check that it is PostgreSQL and not something else.`;

const byCode: Record<string, Explain> = {
  ECONNREFUSED: refused,
  ENOENT: refused,
  ENOTFOUND: noHost,
  EAI_AGAIN: noHost,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: silent,
  ECONNRESET: noPostgres,
  EPIPE: noPostgres,
  EPROTO: noPostgres,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  '28P01': wrongPassword,
  '28000': notAllowed,
  '42501': notAllowed,
  '3D000': noDatabase,
  '53100': full,
  '53300': crowded,
  '57P01': busy,
  '57P02': busy,
  '57P03': busy,
};

/** Texts come first: servers and clouds tell "no TLS" apart from "no rule for you" in the text only. */
const byText: [RegExp, Explain][] = [
  [/no encryption|SSL off|SSL connection is required|SSL required|requires SSL|insecure connection/i, tlsRequired],
  [/does not support SSL/i, noTls],
  [/timeout/i, silent],
  [/must be a (non-empty )?string/i, wrongPassword],
  [/terminated unexpectedly/i, noPostgres],
];

/** One sentence for the person who set DATABASE_URL. */
export function explainConnectionFailure(error: unknown, at: DatabaseAddress): string {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const explain = byText.find(([text]) => text.test(message))?.[1] ?? byCode[code];
  return explain?.(at) ?? `The database server ${at.host}:${at.port} refused to work (${code || message}).`;
}
