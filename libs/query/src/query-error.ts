/** A query text that is refused; the message says what would be accepted. Our choice: surfaces turn it into a 400. */
export class QueryError extends Error {
  override readonly name = 'QueryError';

  /** `position` is the 0-based index, in the string's own characters (UTF-16), of what is refused. */
  constructor(
    message: string,
    readonly position = 0,
  ) {
    super(message);
  }

  static at(position: number, problem: string, accepted: string): QueryError {
    return new QueryError(`${problem} at ${position}: ${accepted}`, position);
  }
}

const longestShown = 40;

/** A caller's text for a message: escaped, so that it cannot forge a log line, and short, whatever was sent. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > longestShown ? `${text.slice(0, longestShown)}…` : text);
}
