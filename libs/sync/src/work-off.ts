/**
 * Does the work for each item, several at once, taken in order; `done` counts the items begun. After a failure no further
 * one is begun, and it is thrown when those under way have ended.
 */
export async function workOff<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, done: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const taking = async () => {
    while (next < items.length) {
      const at = next++;
      try {
        await work(items[at]!, at + 1);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, taking));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
