interface KnownPath {
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** Which methods a path answers: the router itself only says whether one method matched. */
export class RouteTable {
  private readonly paths = new Map<string, KnownPath>();

  add(url: string, methods: string | readonly string[]): void {
    const known = this.paths.get(url) ?? { matches: patternOf(url), methods: new Set<string>() };
    for (const method of [methods].flat()) known.methods.add(method);
    this.paths.set(url, known);
  }

  methodsAt(path: string): string[] {
    const methods = [...this.paths.values()].filter(({ matches }) => matches.test(path)).flatMap((p) => [...p.methods]);
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
