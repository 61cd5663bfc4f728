import { hash } from 'node:crypto';
import { type ClientPublicKey, isSecretOf } from './client-secret.js';
import { RecentlyUsed } from './recently-used.js';

/**
 * Secrets that were found right: deriving a public key is the dearest step of giving a token. By their hash, with the
 * key they belong to, so a client's new key makes its old secret a stranger. Only who sends a right secret is quicker.
 */
export class ProvenSecrets {
  private readonly known: RecentlyUsed<string>;

  constructor(limit = 1_000) {
    this.known = new RecentlyUsed(limit);
  }

  isSecretOf(presented: string, publicKey: ClientPublicKey): boolean {
    const key = hash('sha256', presented, 'base64');
    if (this.known.get(key) === publicKey.x) return true;
    if (!isSecretOf(presented, publicKey)) return false;

    this.known.set(key, publicKey.x);
    return true;
  }
}
