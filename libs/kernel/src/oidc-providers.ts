import { PolicyError } from './policies.js';

/** An OpenID Connect provider that users may sign in at. The operator named it, and so vouches for it and where it leads. */
export interface OidcProvider {
  /** What it is called in paths and bodies. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly scope: string;
  /** Where the provider sends the browser back to. Undefined: to this server. */
  readonly redirectUri: string | undefined;
  /** Slugs of the organizations whose users may come from there. Undefined: those of all. */
  readonly organizations: readonly string[] | undefined;
}

type Reader<V> = (value: unknown) => V | undefined;

const matching =
  (pattern: RegExp): Reader<string> =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined;

const printable = matching(/^[\x20-\x7e]{1,500}$/);

/** Over https, or on this machine. */
const address: Reader<string> = (value) => {
  if (typeof value !== 'string' || value.length > 1_000 || !URL.canParse(value)) return undefined;
  const { protocol, hostname, username, password, search, hash } = new URL(value);
  const near = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const plain = username === '' && password === '' && search === '' && hash === '';
  return plain && (protocol === 'https:' || (protocol === 'http:' && near)) ? value : undefined;
};

const slugs: Reader<readonly string[]> = (value) => {
  const all = Array.isArray(value) && value.length > 0 ? value.map(matching(/^[a-z0-9]{3,32}$/)) : [undefined];
  return all.every((slug) => slug !== undefined) ? all : undefined;
};

const fields = {
  name: [matching(/^[a-z0-9][a-z0-9-]{0,31}$/), 'up to 32 lower-case letters, digits and hyphens'],
  issuer: [address, 'an https URL without a query'],
  clientId: [printable, 'a text'],
  clientSecret: [printable, 'a text'],
  scope: [matching(/^(?=.*\bopenid\b)[\x21\x23-\x5b\x5d-\x7e ]{1,500}$/), 'scopes with openid among them'],
  redirectUri: [address, 'an https URL without a query'],
  organizations: [slugs, 'a list of slugs'],
} as const satisfies Record<string, readonly [Reader<unknown>, string]>;

type FieldName = keyof typeof fields;
type Given = { [Name in FieldName]?: Exclude<ReturnType<(typeof fields)[Name][0]>, undefined> };

const names = Object.keys(fields) as FieldName[];
const required: readonly FieldName[] = ['name', 'issuer', 'clientId'];

/** `[{"name", "issuer", "clientId", "clientSecret"?, "scope"?, "redirectUri"?, "organizations"?}]` */
export function readOidcProviders(text: string | undefined): readonly OidcProvider[] {
  const providers = text === undefined ? [] : listIn(text).map(providerIn);
  const twice = providers.find(({ name }, i) => providers.findIndex((other) => other.name === name) !== i);
  if (twice) throw new PolicyError(`must not name ${twice.name} twice`);
  const pages = providers.flatMap(({ redirectUri }) => redirectUri ?? []);
  if (new Set(pages).size < pages.length) {
    throw new PolicyError('must lead each provider back to a redirectUri of its own, or answers are mixed up');
  }
  return Object.freeze(providers);
}

function listIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.length <= 100) return value;
  } catch {
    // Not JSON: the same refusal as for JSON that is no list.
  }
  throw new PolicyError('must be a JSON list of providers');
}

function providerIn(value: unknown, index: number): OidcProvider {
  const given = fieldsIn(value, index);
  const { name, issuer, clientId } = given;
  if (name === undefined || issuer === undefined || clientId === undefined) {
    throw new PolicyError(`needs ${required.join(', ')} for each provider`, `${index}`);
  }
  return Object.freeze({
    name,
    issuer,
    clientId,
    clientSecret: given.clientSecret,
    scope: given.scope ?? 'openid',
    redirectUri: given.redirectUri,
    organizations: given.organizations,
  });
}

function fieldsIn(value: unknown, index: number): Given {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new PolicyError('must be a JSON object', `${index}`);
  }
  const entries = Object.entries(value).map(([name, content]) => {
    if (!isFieldName(name)) throw new PolicyError(`may hold ${names.join(', ')} and nothing else`, `${index}`);
    const [read, expected] = fields[name];
    const found = read(content);
    if (found === undefined) throw new PolicyError(`must be ${expected}`, `${index}.${name}`);
    return [name, found];
  });
  return Object.fromEntries(entries) as Given;
}

function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(fields, name);
}
