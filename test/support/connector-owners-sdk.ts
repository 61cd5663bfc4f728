import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Query = Readonly<Record<string, string | number>>;

interface SdkCall {
  readonly query?: Query;
  /** Absent: the header says JSON, and no byte follows. */
  readonly body?: unknown;
}

interface SdkAnswer {
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: unknown;
}

/**
 * The requests of the published TypeScript client as they go over the wire: it says JSON whether or not a body follows,
 * percent-encodes every part of a path, and leaves out what was not given. What it refuses of an answer is refused here.
 */
export class ConnectorOwnersSdk {
  constructor(
    private readonly server: Server,
    private readonly token: string,
  ) {}

  async call(method: string, template: string, path: Query = {}, { query = {}, body }: SdkCall = {}): Promise<unknown> {
    const { statusCode, contentType, body: answer } = await this.send(method, template, path, { query, body });
    if (statusCode !== 200) throw new Error(`${method} ${template}: ${statusCode} ${JSON.stringify(answer)}`);
    if (!/^application\/json(; *charset=utf-8)?$/i.test(contentType)) throw new Error(`content type ${contentType}`);
    const refused = refusedBySdk(answer);
    if (refused.length > 0) throw new Error(`${method} ${template}: the client refuses ${refused.join(', ')}`);
    return answer;
  }

  /** The same without judging the answer. */
  async send(
    method: string,
    template: string,
    path: Query = {},
    { query = {}, body }: SdkCall = {},
  ): Promise<SdkAnswer> {
    const { port } = this.server.address() as AddressInfo;
    const filled = template.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const url = `http://127.0.0.1:${port}${filled}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
    const answer = await fetch(url, {
      method,
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${this.token}`,
        'User-Agent': 'speakeasy-sdk/typescript 1.3.0 2.700.0 0.1.0-alpha conductorone-sdk-typescript',
        ...(method === 'GET' ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const contentType = answer.headers.get('content-type') ?? '';
    return { statusCode: answer.status, contentType, body: JSON.parse(await answer.text()) as unknown };
  }
}

/** Fields that its parser takes absent or filled, but never null, wherever they stand. */
const neverNull = new Set([
  'connectorOwnerUser',
  'connectorOwnerEntitlement',
  'nextPageToken',
  'origin',
  'priority',
  'configUpdatedAt',
  'connectorApiVersion',
  'connectorSyncCronSchedule',
  'syncConfig',
  'accessModel',
  'annotations',
  'appUserMapper',
  'enableConnectorSourcedOwnership',
  'mergeConfig',
]);
/** Likewise of one kind of object, each by a field that this kind alone has: elsewhere they may be null. */
const neverNullWith: readonly (readonly [kind: string, fields: ReadonlySet<string>])[] = [
  ['roleSlug', new Set(['appId', 'connectorId', 'roleSlug', 'createdAt', 'user', 'appEntitlement'])],
  ['cronSpec', new Set(['cronSpec', 'timezone', 'start'])],
];
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const wholeNumbers = new Set(['userCount', 'grantCount']);

/** What of an answer its parser would refuse, each with its place. */
export function refusedBySdk(value: unknown, place = '$'): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, i) =>
      item === null ? [`${place}[${i}]: null`] : refusedBySdk(item, `${place}[${i}]`),
    );
  }
  if (value === null || typeof value !== 'object') return [];
  const ofKind = neverNullWith.filter(([kind]) => kind in value).map(([, fields]) => fields);
  return Object.entries(value).flatMap(([name, field]) => {
    const here = `${place}.${name}`;
    // Free attributes and configurations are the server's own.
    if (name === 'profile' || name === 'config') return [];
    if (field === null) {
      return neverNull.has(name) || ofKind.some((fields) => fields.has(name)) ? [`${here}: null`] : [];
    }
    if ((name.endsWith('At') || name === 'start') && !instant.test(String(field))) return [`${here}: no instant`];
    if (wholeNumbers.has(name) && typeof field !== 'string') return [`${here}: no text`];
    return refusedBySdk(field, here);
  });
}
