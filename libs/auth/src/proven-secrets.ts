import { hash } from 'node:crypto';
import { type ClientPublicKey, isSecretOf } from './client-secret.js';

/**
 * Secrets that were found right: deriving a public key is the dearest step of giving a token. By their hash, with the
 * key they belong to, so a client's new key makes its old secret a stranger. Only who sends a right secret is quicker.
 */
export class ProvenSecrets {
  private readonly known = new Map<string, string>();

  constructor(private readonly limit = 1_000) {}

  isSecretOf(presented: string, publicKey: ClientPublicKey): boolean {
    const key = hash('sha256', presented, 'base64');
    if (this.known.get(key) === publicKey.x) return true;
    if (!isSecretOf(presented, publicKey)) return false;

    if (this.known.size >= this.limit) this.known.delete(this.known.keys().next().value!);
    this.known.set(key, publicKey.x);
    return true;
  }
}
