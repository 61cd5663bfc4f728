import { vi } from 'vitest';
import { Database } from '@app/persistence';

interface Sender {
  send: (statement: { readonly name: string | undefined; readonly text: string }) => Promise<unknown>;
}

/** The texts that the database is asked outside of transactions while some work is done, when its caller is known already. */
export async function askedStatements(work: () => PromiseLike<unknown>): Promise<string[]> {
  // While the clock stands, what is believed for a second is believed throughout.
  vi.useFakeTimers({ toFake: ['Date'] });
  const sent = vi.spyOn(Database.prototype as unknown as Sender, 'send');
  try {
    await work();
    sent.mockClear();
    await work();
    return sent.mock.calls.map(([{ text }]) => text);
  } finally {
    sent.mockRestore();
    vi.useRealTimers();
  }
}
