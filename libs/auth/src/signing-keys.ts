import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { newId } from '@app/kernel';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { SecretBox } from '@app/secrets';
import { accessTokenSeconds } from './token-lives.js';

interface KeyRow {
  id: string;
  kid: string;
  public_key: JsonWebKey;
  private_key_sealed: string;
  signs: boolean;
}

interface SigningKey {
  readonly id: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey;
  /** Whether its time to sign has come. */
  readonly signs: boolean;
}

/** A public key as RFC 7517 has it. */
export interface PublishedKey extends Pick<JsonWebKey, 'kty' | 'crv' | 'x' | 'y'> {
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** The newest first, whenever they sign: a later rotation with a shorter overlap overtakes an earlier one for good. */
const liveKeys = systemStatement<KeyRow>(
  'signing-key.live',
  `select id, kid, public_key, private_key_sealed, signs_from <= now() as signs from signing_key
    where retired_at is null and (verifies_until is null or verifies_until > now())
    order by created_at desc, id desc`,
);
/** Servers that start together must not each make a key: a token of one would be unknown to the other for seconds. */
const lockKeys = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('ostiary signing key', 0)), $1::uuid`,
);
const anyKey = statement<{ id: string }>(
  undefined,
  `select id from signing_key where $1::uuid is not null and retired_at is null limit 1`,
);
const insertKey = statement<never>(
  undefined,
  `insert into signing_key (id, kid, algorithm, public_key, private_key_sealed, signs_from)
   select $2, $3, 'ES256', $4, $5, now() + make_interval(secs => $6) where $1::uuid is not null`,
);
/** The old keys verify what they signed until the last of it has run out. */
const letOldRunOut = statement<never>(
  undefined,
  `update signing_key set verifies_until = now() + make_interval(secs => $3)
    where $1::uuid is not null and id <> $2 and retired_at is null and verifies_until is null`,
);
const takeOldAway = statement<never>(
  undefined,
  `update signing_key set retired_at = now() where $1::uuid is not null and id <> $2 and retired_at is null`,
);

/** Every organization's tokens are signed with these keys, so each hears of it. */
const recordRotation = statement<never>(
  undefined,
  `insert into audit_event (organization_id, action, actor_type, actor_name, subject_type, subject_id, after)
   select id, 'signingKey.rotated', $2, $3, 'organization', id, $4 from organization where $1::uuid is not null`,
);

const reason = 'signing keys belong to the server, not to an organization';
/** What other processes changed is known after this. */
const rereadAfterMs = 1_000;

/** ES256 keys, kept in the database so that every process signs and verifies with the same ones. */
@Injectable()
export class SigningKeys {
  private keys: readonly SigningKey[] = [];
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  /** The newest key whose time has come: it signs. */
  async current(): Promise<SigningKey> {
    await this.refresh();
    const signing = this.keys.find(({ signs }) => signs);
    if (!signing) throw new Error('there is no signing key: the first start has not finished');
    return signing;
  }

  /** The public key of that name, while tokens of it are good; what others changed is known within a second. */
  async publicKey(kid: string): Promise<KeyObject | undefined> {
    await this.refresh();
    return this.keys.find((key) => key.kid === kid)?.publicKey;
  }

  async published(): Promise<PublishedKey[]> {
    await this.refresh();
    return this.keys.map(
      ({ kid, jwk: { kty, crv, x, y } }) => ({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }) as PublishedKey,
    );
  }

  async ensureOne(): Promise<void> {
    await this.read();
    if (this.keys.length === 0) await this.add('first start', 0, 'if there is none');
  }

  /**
   * A new key, published at once, that signs after `overlapSeconds`; the others verify what they have signed until it
   * runs out. `at once`: they are worth nothing from now on, and neither is any token of theirs. `by` is the program that
   * does it, for the trail.
   */
  async rotate(by: string, overlapSeconds: number, old: 'run out' | 'at once'): Promise<string> {
    // With another server key than the servers have this refuses; they could not open what it would seal.
    await this.read();
    return this.add(by, old === 'at once' ? 0 : overlapSeconds, old);
  }

  private async add(by: string, signsInSeconds: number, old: 'if there is none' | 'run out' | 'at once') {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const [id, kid] = [newId(), thumbprint(jwk)];
    const sealed = this.secrets.seal(placeOf(id), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    await this.database.inTransaction(serverCaller(newId(), 'system', by, null), async (tx) => {
      await tx.query(lockKeys);
      if (old === 'if there is none' && (await tx.query(anyKey)).length > 0) return;
      await tx.query(insertKey, [id, kid, jwk, sealed, signsInSeconds]);
      if (old !== 'if there is none') await endOlder(tx, { id, kid, signsInSeconds, old });
    });
    await this.read();
    return kid;
  }

  /** One small look a second, however many ask. */
  private async refresh(): Promise<void> {
    if (Date.now() - this.readAt < rereadAfterMs) return;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    await this.reading;
  }

  private async read(): Promise<void> {
    const began = Date.now();
    const rows = await this.database.asSystem(reason, (system) => system.query(liveKeys));
    this.keys = rows.map((row) => {
      const known = this.keys.find(({ id }) => id === row.id);
      return known ? { ...known, signs: row.signs } : this.opened(row);
    });
    this.readAt = began;
  }

  private opened({ id, kid, public_key: jwk, private_key_sealed: sealed, signs }: KeyRow): SigningKey {
    const privateKey = createPrivateKey(this.secrets.open(placeOf(id), sealed));
    return { id, kid, privateKey, publicKey: createPublicKey({ key: jwk, format: 'jwk' }), jwk, signs };
  }
}

interface Rotation {
  readonly id: string;
  readonly kid: string;
  readonly signsInSeconds: number;
  readonly old: 'run out' | 'at once';
}

/** What a new key means for the others, and the trail of it. */
async function endOlder(tx: Transaction, { id, kid, signsInSeconds, old }: Rotation): Promise<void> {
  if (old === 'run out') await tx.execute(letOldRunOut, [id, signsInSeconds + accessTokenSeconds]);
  else await tx.execute(takeOldAway, [id]);
  const { type, name } = tx.caller.actor;
  await tx.execute(recordRotation, [type, name, { kid, signsInSeconds, olderKeys: old }]);
}

function placeOf(row: string) {
  return { organizationId: null, table: 'signing_key', row, column: 'private_key_sealed' };
}

/** RFC 7638. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
