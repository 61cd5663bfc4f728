import { statement, type Transaction } from '@app/persistence';
import { hashOfToken, newOpaqueToken } from './opaque-tokens.js';

const insertRefreshToken = statement<never>(
  'refresh-token.insert',
  `insert into refresh_token (organization_id, session_id, token_hash) values ($1, $2, $3)`,
);

/** One more refresh token of a session; its text is never seen again. */
export async function addRefreshToken(tx: Transaction, sessionId: string): Promise<string> {
  const token = newOpaqueToken('refresh');
  await tx.query(insertRefreshToken, [sessionId, hashOfToken(token)]);
  return token;
}
