/** What an expanded object is, in its `@type`. */
export const kinds = {
  app: 'c1.api.app.v1.App',
  directory: 'c1.api.directory.v1.Directory',
  role: 'c1.api.iam.v1.Role',
  usage: 'c1.api.app.v1.AppUserLastUsage',
  user: 'c1.api.user.v1.User',
} as const;

/** The objects beside a list or a record that an expand mask asked for, and where in them each is. */
export class Expanded {
  readonly objects: object[] = [];
  private readonly places = new Map<string, number>();

  add(kind: string, id: string, object: object): void {
    this.places.set(`${kind} ${id}`, this.objects.length);
    this.objects.push({ '@type': `type.googleapis.com/${kind}`, ...object });
  }

  /** A JSONPath to those of these that are there; `""` if none is. */
  pathTo(kind: string, ids: readonly string[]): string {
    const places = ids.flatMap((id) => this.places.get(`${kind} ${id}`) ?? []);
    return places.length === 0 ? '' : `$.expanded[${places.join(',')}]`;
  }
}
