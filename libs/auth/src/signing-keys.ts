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
import { Database, statement, systemStatement } from '@app/persistence';
import { SecretBox } from '@app/secrets';

interface KeyRow {
  id: string;
  kid: string;
  public_key: JsonWebKey;
  private_key_sealed: string;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

const liveKeys = systemStatement<KeyRow>(
  'signing-key.live',
  `select id, kid, public_key, private_key_sealed from signing_key where retired_at is null order by created_at desc, id desc`,
);
/** Servers that start together must not each make a key: a token of one would be unknown to the other for seconds. */
const lockKeys = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('ostiary signing key', 0)), $1::uuid`,
);
const insertFirstKey = statement<never>(
  undefined,
  `insert into signing_key (id, kid, algorithm, public_key, private_key_sealed)
   select $2, $3, 'ES256', $4, $5
    where $1::uuid is not null and not exists (select from signing_key where retired_at is null)`,
);

const reason = 'signing keys belong to the server, not to an organization';
const rereadAfterMs = 5_000;

/** ES256 keys, kept in the database so that every process signs and verifies with the same ones. */
@Injectable()
export class SigningKeys {
  private keys: readonly SigningKey[] = [];
  private readAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  /** The newest key: it signs. */
  async current(): Promise<SigningKey> {
    if (this.keys.length === 0) await this.read();
    const [newest] = this.keys;
    if (!newest) throw new Error('there is no signing key: the first start has not finished');
    return newest;
  }

  /** The public key of that name in PEM, or undefined. An unknown name causes a fresh look at most every few seconds. */
  async publicKey(kid: string): Promise<string | undefined> {
    if (!this.keys.some((key) => key.kid === kid) && Date.now() - this.readAt > rereadAfterMs) await this.read();
    return this.keys.find((key) => key.kid === kid)?.publicKey;
  }

  async ensureOne(): Promise<void> {
    await this.read();
    if (this.keys.length > 0) return;

    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const id = newId();
    const sealed = this.secrets.seal(placeOf(id), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    await this.database.inTransaction(serverCaller(newId(), 'system', 'signing keys', null), async (tx) => {
      await tx.query(lockKeys);
      await tx.query(insertFirstKey, [id, thumbprint(jwk), jwk, sealed]);
    });
    await this.read();
  }

  private async read(): Promise<void> {
    const rows = await this.database.asSystem(reason, (system) => system.query(liveKeys));
    this.keys = rows.map((row) => ({
      kid: row.kid,
      privateKey: createPrivateKey(this.secrets.open(placeOf(row.id), row.private_key_sealed)),
      publicKey: createPublicKey({ key: row.public_key, format: 'jwk' })
        .export({ type: 'spki', format: 'pem' })
        .toString(),
    }));
    this.readAt = Date.now();
  }
}

function placeOf(row: string) {
  return { organizationId: null, table: 'signing_key', row, column: 'private_key_sealed' };
}

/** RFC 7638. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
