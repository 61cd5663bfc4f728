/**
 * A map that keeps the `limit` keys that were asked for last, and at most twice as many. In two generations: what is not
 * asked for while a whole generation comes goes with the older one. To put a key last in a Map at every look costs up
 * to a thousand times the look, as V8 walks over what was taken away before.
 */
export class RecentlyUsed<Value extends object | string> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();

  constructor(private readonly limit: number) {}

  get(key: string): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: Value): void {
    if (this.young.size >= this.limit && !this.young.has(key)) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }

  delete(key: string): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  deleteWhere(matches: (value: Value) => boolean): void {
    for (const generation of [this.young, this.old])
      for (const [key, value] of generation) if (matches(value)) generation.delete(key);
  }
}
