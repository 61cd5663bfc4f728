import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { SecretKeyError } from './secret-key.js';

/** Where a secret lives. It is bound to the ciphertext, so a sealed value copied to another row does not open. */
export interface SecretPlace {
  readonly organizationId: string | null;
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

const otherKey =
  'The secrets in this database were sealed with another server key: OSTIARY_SECRET_KEY has changed, or secret.key in the data directory; use the one the servers started with.';

/** Encryption at rest (AES-256-GCM) and keys for one purpose each (HKDF-SHA-256, RFC 5869) from the server's own key. */
export class SecretBox {
  private readonly keyId: string;
  /** Purposes are written in the program, so there are few; to derive a key costs ten times as much as to sign. */
  private readonly signingKeys = new Map<string, Buffer>();

  constructor(private readonly serverKey: Buffer) {
    this.keyId = createHash('sha256').update('ostiary key id').update(serverKey).digest('hex').slice(0, 8);
  }

  seal(place: SecretPlace, plaintext: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.derive(`seal ${place.table}.${place.column}`), nonce);
    cipher.setAAD(bindingOf(place));
    const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `v1.${this.keyId}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** Throws when the value was sealed with another key, for another place, or altered. */
  open(place: SecretPlace, sealed: string): string {
    const [version, keyId, nonce, body] = sealed.split('.');
    if (version !== 'v1' || !nonce || !body) throw new Error('not a sealed value');
    if (keyId !== this.keyId) throw new SecretKeyError(otherKey);

    const bytes = Buffer.from(body, 'base64url');
    const key = this.derive(`seal ${place.table}.${place.column}`);
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'));
    decipher.setAAD(bindingOf(place));
    decipher.setAuthTag(bytes.subarray(-16));
    return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
  }

  /** A short authentication code, for opaque values that clients hand back (cursors). */
  sign(purpose: string, text: string): string {
    const key = this.signingKeys.get(purpose) ?? this.derive(`sign ${purpose}`);
    this.signingKeys.set(purpose, key);
    return createHmac('sha256', key).update(text).digest('base64url').slice(0, 16);
  }

  private derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.serverKey, 'ostiary', purpose, 32));
  }
}

function bindingOf(place: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([place.organizationId, place.table, place.row, place.column]));
}
