import { describe, expect, it } from 'vitest';
import { newClientSecret } from './client-secret.js';
import { ProvenSecrets } from './proven-secrets.js';

describe('a secret that was right before', () => {
  const [own, other] = [newClientSecret(), newClientSecret()];

  it('is right again', () => {
    const secrets = new ProvenSecrets();
    expect([1, 2].map(() => secrets.isSecretOf(own.secret, own.publicKey))).toEqual([true, true]);
  });

  it('is wrong once its client has another key', () => {
    const secrets = new ProvenSecrets();
    secrets.isSecretOf(own.secret, own.publicKey);
    expect(secrets.isSecretOf(own.secret, other.publicKey)).toBe(false);
  });

  it('makes no other text right', () => {
    const secrets = new ProvenSecrets();
    secrets.isSecretOf(own.secret, own.publicKey);
    for (const text of [other.secret, `${own.secret}=`, ` ${own.secret}`, own.secret.slice(0, -1), ''])
      expect(secrets.isSecretOf(text, own.publicKey)).toBe(false);
  });

  it('is not remembered when it was wrong', () => {
    const secrets = new ProvenSecrets();
    expect([1, 2].map(() => secrets.isSecretOf(other.secret, own.publicKey))).toEqual([false, false]);
  });

  it('makes room for others, and is right all the same', () => {
    const secrets = new ProvenSecrets(1);
    for (const { secret, publicKey } of [own, other, own]) expect(secrets.isSecretOf(secret, publicKey)).toBe(true);
  });
});
