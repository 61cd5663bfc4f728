import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '@app/kernel';

const example = readFileSync('.env.example', 'utf8');
const explained = [...example.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, key, value]) => [key!, value!] as const);

describe('.env.example', () => {
  it('explains every key that is read, and no other', () => {
    const read = new Set<string>();
    const watching = new Proxy<Record<string, string>>({}, { get: (_, key) => void read.add(String(key)) });
    readConfiguration(watching);
    expect(explained.map(([key]) => key).toSorted()).toEqual([...read].toSorted());
  });

  it('shows the defaults', () => {
    expect(readConfiguration(Object.fromEntries(explained))).toEqual(readConfiguration({}));
  });
});
