/** One word after `ostiary`. */
export interface Command {
  /** Its arguments, as `help` prints them. */
  readonly usage: string;
  readonly summary: string;
  /** Ends when the work is done. What one sentence can tell is thrown as a CommandError. */
  run(args: readonly string[]): Promise<void>;
}

/** Why a command cannot do its work: one sentence for whoever typed it. */
export class CommandError extends Error {}
