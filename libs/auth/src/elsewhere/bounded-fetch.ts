import type { CustomFetch } from 'openid-client';

/** A provider that does not answer, or not as one that works. */
export class ProviderDownError extends Error {}

const longestAnswer = 1_048_576;

/** What a provider sends is read to its end only if that comes soon. */
export const boundedFetch: CustomFetch = async (url, options) => {
  try {
    const response = await fetch(url, options as RequestInit);
    if (response.status >= 500) throw new ProviderDownError(`status ${response.status}`);
    return new Response(await bounded(response), { status: response.status, headers: response.headers });
  } catch (error) {
    throw error instanceof ProviderDownError ? error : new ProviderDownError('no answer', { cause: error });
  }
};

async function bounded({ body }: Response): Promise<Buffer<ArrayBuffer> | null> {
  if (body === null) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longestAnswer) throw new ProviderDownError('a longer answer than any provider gives');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
