/** What somebody can be to a connector. Every one of them counts as owning it. */
const ownerRoles = ['owner', 'technical_owner', 'backup_owner'] as const;
export type OwnerRole = (typeof ownerRoles)[number];

export function isOwnerRole(text: string): text is OwnerRole {
  return ownerRoles.some((role) => role === text);
}
