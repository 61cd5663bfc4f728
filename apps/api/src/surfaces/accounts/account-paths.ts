/** Where the accounts surface is found: its bare paths, and every version’s prefix before them. */
const prefixes = ['', 'v3/', 'v2024/', 'v2025/', 'beta/', 'api/v1/'];

export function underEveryVersion(noun: string): string[] {
  return prefixes.map((prefix) => `${prefix}${noun}`);
}
