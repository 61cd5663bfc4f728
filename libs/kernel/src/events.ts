/**
 * What a change announces inside its transaction. Libs above register handlers; they run batched, lower floors
 * first, before commit. A closed union: a new kind is a decision, not a string.
 */
export type DomainEvent =
  /** What users may do, or how far: of these users, and of all members of these groups. */
  | { readonly kind: 'user.rightsChanged'; readonly ids: readonly string[] }
  | { readonly kind: 'user.created'; readonly ids: readonly string[] }
  | { readonly kind: 'user.deleted'; readonly ids: readonly string[] }
  /** Of users who have not accepted their invitation yet. */
  | { readonly kind: 'user.addressChanged'; readonly ids: readonly string[] }
  /** Made or restored, too. */
  | { readonly kind: 'owner.changed'; readonly ids: readonly string[] }
  | { readonly kind: 'owner.deleted'; readonly ids: readonly string[] }
  | { readonly kind: 'account.changed'; readonly ids: readonly string[]; readonly ownerIds: readonly string[] }
  /** Its accounts go with it. */
  | { readonly kind: 'connector.deleted'; readonly ids: readonly string[] }
  | { readonly kind: 'connector.renamed'; readonly ids: readonly string[] }
  | { readonly kind: 'connector.rulesChanged'; readonly ids: readonly string[] };

export type DomainEventKind = DomainEvent['kind'];
