interface KnownPath {
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** Which methods a path answers: the router itself only says whether one method matched. */
export class RouteTable {
  private readonly paths = new Map<string, KnownPath>();
  private readonly alone = new Set<string>();

  add(url: string, methods: string | readonly string[]): void {
    const known = this.paths.get(url) ?? { matches: patternOf(url), methods: new Set<string>() };
    for (const method of [methods].flat()) known.methods.add(method);
    this.paths.set(url, known);
  }

  /** Its methods are its own: a path with a place for an id beside it does not answer for it. */
  standsAlone(url: string): void {
    this.alone.add(url);
  }

  methodsAt(path: string): string[] {
    const own = this.alone.has(path) ? this.paths.get(path) : undefined;
    const known = own ? [own] : [...this.paths.values()].filter(({ matches }) => matches.test(path));
    const methods = known.flatMap((p) => [...p.methods]);
    return [...new Set(methods)].toSorted();
  }
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segments.join('/')}$`);
}
