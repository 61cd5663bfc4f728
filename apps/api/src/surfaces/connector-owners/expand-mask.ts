import { Words } from './fields.js';

/** Paths an expand mask may name, each an array of ids in the record; `*` names all. */
export const expandable = {
  user: ['role_ids', 'manager_ids', 'delegated_user_id', 'directory_ids'],
  appUser: ['app_id', 'identity_user_id', 'last_usage'],
  connector: ['app_id', 'user_ids', 'capabilities'],
  directory: ['app_id'],
} as const;

/** The paths of a mask, of records of this kind. */
export function ExpandPaths(kind: keyof typeof expandable): PropertyDecorator {
  return Words([...expandable[kind], '*'], 20);
}

/** An expand mask of whatever kind of record. */
export interface ExpandMask {
  readonly paths?: readonly string[];
}

/** Which of the paths that are known a mask asks for. */
export function askedOf<Path extends string>(known: readonly Path[], mask: ExpandMask | undefined): ReadonlySet<Path> {
  const paths = mask?.paths ?? [];
  return new Set(known.filter((path) => paths.includes(path) || paths.includes('*')));
}
