import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The server's own key is not what it should be. The message is one sentence for whoever runs the server. */
export class SecretKeyError extends Error {}

/** The server's own key: the configured one, or one made at the first start and kept beside the embedded database. */
export async function obtainSecretKey(configured: Buffer | undefined, dataDir: string): Promise<Buffer> {
  if (configured) return configured;

  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(fileIn(dataDir), randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return keptKey(fileIn(dataDir));
}

/** The key of a server that was started before; none is made. */
export async function existingSecretKey(configured: Buffer | undefined, dataDir: string): Promise<Buffer> {
  return configured ?? keptKey(fileIn(dataDir));
}

function fileIn(dataDir: string): string {
  return join(resolve(dataDir), 'secret.key');
}

async function keptKey(file: string): Promise<Buffer> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : 'cannot be read';
    throw new SecretKeyError(`${file} ${why}: give it back from a backup, or set OSTIARY_SECRET_KEY.`);
  }
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length === 32) return key;
  throw new SecretKeyError(`${file} does not hold 32 bytes in base64url: give it back from a backup.`);
}
