/** The database cannot be used. The message is one sentence for the person who runs the server: what is wrong, what to do. */
export class DatabaseUnavailableError extends Error {
  readonly code = 'database_unavailable';
  override readonly name = 'DatabaseUnavailableError';
}
