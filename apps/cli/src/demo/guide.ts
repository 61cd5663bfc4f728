import type { Login } from './demo-login.js';

/** Where to look and what to paste, at the address a browser on this machine can open. */
export function guide(serverUrl: string, { user, password }: Login): string[] {
  const url = openable(serverUrl);
  return [
    `Look around   ${url}/docs            every call, to try out`,
    `              ${url}/openapi.json    the same for programs`,
    `              ${url}/health/ready    what the server needs, and whether it is there`,
    `Sign in as    ${user}`,
    `Password      ${password}`,
    '',
    'Paste these two lines into another terminal:',
    '',
    signIn('TOKEN', url, { user, password }),
    `curl -sw '\\n' "${url}/api/v1/owners?first=5" -H "authorization: Bearer $TOKEN"`,
  ];
}

/** What somebody at the help desk sees of users and groups, and what he may not do. */
export function directoryGuide(serverUrl: string, login: Login, groupId: string): string[] {
  const directory = `${openable(serverUrl)}/api/v1/directory`;
  const auth = `-H "authorization: Bearer $DESK"`;
  const draft = quoted(JSON.stringify({ userName: 'new.user', password: 'a password nobody gets' }));
  return [
    `Users and groups, as ${login.user} of the help desk sees them: who is here, who is in the group and in those within,`,
    'and what he may not do (403):',
    '',
    signIn('DESK', openable(serverUrl), login),
    `curl -sgw '\\n' "${directory}/users?filter[active][EQ]=true&fields=userName,email&sort=userName&page[limit]=5" ${auth}`,
    `curl -sgw '\\n' "${directory}/groups/${groupId}/members" ${auth}`,
    `curl -sgw '\\n%{http_code}\\n' "${directory}/users" ${auth} -H 'content-type: application/json' -d ${draft}`,
  ];
}

/** Takes the token out of the answer to a login. */
function signIn(variable: string, url: string, { user, password }: Login): string {
  const body = quoted(JSON.stringify({ username: user, password }));
  return `${variable}=$(curl -s ${url}/api/v1/auth/login -H 'content-type: application/json' -d ${body} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`;
}

/** A server on every address is reached at this machine's own. */
export function openable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

/** One word for a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
