import type { Login } from './demo-login.js';

/** Where to look and what to paste, at the address a browser on this machine can open. */
export function guide(serverUrl: string, { user, password }: Login): string[] {
  const url = openable(serverUrl);
  const body = quoted(JSON.stringify({ username: user, password }));
  return [
    `Look around   ${url}/docs            every call, to try out`,
    `              ${url}/openapi.json    the same for programs`,
    `              ${url}/health/ready    what the server needs, and whether it is there`,
    `Sign in as    ${user}`,
    `Password      ${password}`,
    '',
    'Paste these two lines into another terminal:',
    '',
    `TOKEN=$(curl -s ${url}/api/v1/auth/login -H 'content-type: application/json' -d ${body} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
    `curl -s "${url}/api/v1/owners?first=5" -H "authorization: Bearer $TOKEN"`,
  ];
}

/** A server on every address is reached at this machine's own. */
export function openable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

/** One word for a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
