const textOrBracket = /"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}[\]]/gs;

/**
 * Whether the header and the claims of a token name nothing twice, at any depth. Of two claims of one name `JSON.parse`
 * takes the last and other readers the first, so such a token would mean two things (RFC 7519 §4, RFC 8725 §2.4).
 */
export function saysEverythingOnce(token: string): boolean {
  const [header = '', claims = ''] = token.split('.');
  return [header, claims].every((part) => !repeatsAName(Buffer.from(part, 'base64url').toString()));
}

/** Of a text that has been found to be JSON. */
function repeatsAName(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token] of json.matchAll(textOrBracket)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token.endsWith(':') && isKnown(open.at(-1), token)) return true;
  }
  return false;
}

/** Names are compared as they are read: `"s\u0075b"` is `"sub"`. */
function isKnown(names: Set<string> | undefined, token: string): boolean {
  const name = JSON.parse(token.slice(0, -1)) as string;
  const before = names?.size;
  return names?.add(name).size === before;
}
