// Who is calling, and what it costs to know: logins, tokens of clients, guards, live sessions.
import { measureGuards } from './guards.mjs';
import { measureLiveSessions } from './live-sessions.mjs';
import { measureLogins } from './logins.mjs';
import { guardLineOf, loginLinesOf, sessionsLineOf, tokenLineOf } from './report.mjs';
import { measureTokens } from './tokens.mjs';

const parts = {
  logins: [measureLogins, loginLinesOf],
  tokens: [measureTokens, (tokens) => tokens.map(tokenLineOf)],
  guards: [measureGuards, (guards) => guards.map(guardLineOf)],
  sessions: [measureLiveSessions, (sessions) => [sessionsLineOf(sessions)]],
};

export const authParts = Object.keys(parts);

/** All of it, or the one part asked for. */
export async function measureAuth(setup, options, only, say) {
  const results = {};
  for (const name of only === 'auth' ? authParts : [only]) {
    const [measure, linesOf] = parts[name];
    results[name] = await measure(setup, options);
    linesOf(results[name]).forEach((line) => say(line));
  }
  return results;
}
