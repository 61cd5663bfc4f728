/** Kinds of tasks that change an account's state at its source. */
export const stateOperations = ['enable', 'disable', 'unlock'] as const;
export type StateOperation = (typeof stateOperations)[number];

export const taskOf = (operation: StateOperation) => `account.${operation}` as const;

const kinds = stateOperations.map((operation) => `'${taskOf(operation)}'`).join(', ');

/**
 * Whether an account is about to be enabled, disabled or unlocked at its source. Until that is decided, what a file says
 * of its state is of the time before.
 */
export function isPending(account: string): string {
  return `(${account}.id in (
    select t.subject_id from task t where t.organization_id = $1 and t.finished_at is null and t.kind in (${kinds})))`;
}
