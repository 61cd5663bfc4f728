import { type DynamicModule, Module } from '@nestjs/common';

/** What somebody can be to a connector. Every one of them counts as owning it. */
const usualOwnerRoles = ['owner', 'technical_owner', 'backup_owner'] as const;

/** The roles of this server. */
export class OwnerRoles {
  readonly first: string;
  private readonly slugs: ReadonlySet<string>;

  constructor(slugs: readonly string[] = usualOwnerRoles) {
    this.slugs = new Set(slugs);
    this.first = slugs[0] ?? usualOwnerRoles[0];
  }

  has(slug: string): boolean {
    return this.slugs.has(slug);
  }
}

/** Other roles than the usual ones, for the whole program. */
@Module({})
export class OwnerRolesModule {
  static forRoot(slugs: readonly string[]): DynamicModule {
    const roles = { provide: OwnerRoles, useValue: new OwnerRoles(slugs) };
    return { module: OwnerRolesModule, global: true, providers: [roles], exports: [OwnerRoles] };
  }
}
