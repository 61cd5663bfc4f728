import { describe, expect, it } from 'vitest';
import { InvalidError } from '@app/kernel';
import { type PatchStep, patchSteps, takeStep } from './json-patch.js';

const steps = patchSteps({
  ops: ['add', 'remove', 'replace', 'test'],
  takes: ([first]) => first === 'a',
  places: '/a, /a/<name>',
});

function after(document: object, ...sent: object[]): unknown {
  for (const [at, step] of steps(sent).entries()) takeStep(document, step, at);
  return document;
}

describe('the steps of a patch', () => {
  it('know their way, each part of it decoded once', () => {
    expect(steps([{ op: 'add', path: '/a/b~1c~0d~01', value: null }])).toEqual([
      { op: 'add', path: ['a', 'b/c~d~1'], value: null },
    ]);
    expect(steps([{ op: 'remove', path: '/a', value: 'looked past' }])).toEqual([{ op: 'remove', path: ['a'] }]);
  });

  it.each([
    [undefined, /body is required/],
    [{}, /array of 1 to 100/],
    [[], /array of 1 to 100/],
    [Array.from({ length: 101 }, () => ({ op: 'remove', path: '/a' })), /array of 1 to 100/],
    [['x'], /Operation 0 must be an object/],
    [[{ op: 'remove', path: '/a' }, []], /Operation 1 must be an object/],
    [[{ op: 'move', path: '/a' }], /op must be add, remove, replace or test/],
    [[{ op: 'remove', path: '/b' }], /path must be one of \/a, \/a\/<name>/],
    [[{ op: 'remove', path: 'a' }], /path must be one of/],
    [[{ op: 'remove', path: 7 }], /path must be one of/],
    [[{ op: 'remove', path: '/a/~' }], /path must be one of/],
    [[{ op: 'remove', path: '/a/__proto__' }], /path must be one of/],
    [[{ op: 'remove', path: '/a/constructor/prototype' }], /path must be one of/],
    [[{ op: 'test', path: '/a' }], /value is required/],
    [[{ op: 'remove', path: '/a', from: '/b' }], /takes only op, path, value, not from/],
  ])('are refused by their place: %j', (body, words) => {
    expect(() => steps(body)).toThrow(InvalidError);
    expect(() => steps(body)).toThrow(words);
  });
});

describe('a step', () => {
  it('adds, replaces what is there or not, and removes', () => {
    expect(after({ a: {} }, { op: 'add', path: '/a/x', value: 1 })).toEqual({ a: { x: 1 } });
    expect(after({ a: {} }, { op: 'replace', path: '/a/x', value: 1 })).toEqual({ a: { x: 1 } });
    expect(after({ a: { x: 1, 'y/z': 2 } }, { op: 'remove', path: '/a/y~1z' })).toEqual({ a: { x: 1 } });
  });

  it('removes nothing that is not there, and tests what is', () => {
    expect(() => after({ a: {} }, { op: 'remove', path: '/a/x' })).toThrow('Operation 0: a/x has no value to remove.');
    const test = { op: 'test', path: '/a/x', value: { y: [1] } };
    expect(after({ a: { x: { y: [1] } } }, test)).toEqual({ a: { x: { y: [1] } } });
    for (const a of [{}, { x: 1 }, { x: { y: [2] } }]) {
      expect(() => after({ a }, test)).toThrow('Operation 0: a/x is not what it was tested for.');
    }
  });

  it('says which of several failed', () => {
    const third: PatchStep = { op: 'remove', path: ['b'] };
    expect(() => takeStep({}, third, 2)).toThrow('Operation 2: b has no value to remove.');
  });
});
