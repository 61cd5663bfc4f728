import { describe, expect, it } from 'vitest';
import { likeness, orderingsOf, wordKey, wordsIn } from './name-likeness.js';

describe('the words of a name', () => {
  it.each([
    ['ada amir', ['ada', 'amir']],
    ['amir, ada-maria', ['amir', 'ada', 'maria']],
    ['ada.amir_2', ['ada', 'amir', '2']],
    ['зоя петрова', ['зоя', 'петрова']],
    ['zoë', ['zoë']],
    ['...', []],
    ['', []],
  ])('of %j', (key, words) => {
    expect(wordsIn(key)).toEqual(words);
  });

  it('are the same in whatever order', () => {
    expect(wordKey('amir, ada')).toBe(wordKey('ada amir'));
    expect(wordKey('ada amir')).not.toBe(wordKey('ada amira'));
  });
});

describe('how alike two names are', () => {
  it.each([
    ['ada amir', 'ada amir', 1],
    ['amir ada', 'ada amir', 1],
    ['ada.amir', 'ada amir', 1],
    ['зоя петрова', 'петрова зоя', 1],
    ['ada', 'bob', 0],
    ['', 'ada', 0],
    ['', '', 0],
    ['💥', '💥', 0],
  ])('%j and %j', (one, other, expected) => {
    expect(likeness(one, other)).toBe(expected);
  });

  it('is more the less is written otherwise, and the same from either side', () => {
    const to = (name: string) => likeness('katherine johnson', name);
    expect(to('catherine johnson')).toBeGreaterThan(to('catherine jonsson'));
    expect(to('catherine johnson')).toBeGreaterThan(0.5);
    expect(to('kate jones')).toBeLessThan(0.5);
    expect(likeness('catherine johnson', 'katherine johnson')).toBe(to('catherine johnson'));
  });
});

describe('the orderings of a name', () => {
  it('find a family name that stands first, with a comma or without, and one that stands last', () => {
    expect(orderingsOf('ada amir')).toEqual(expect.arrayContaining(['ada amir', 'amir ada', 'amir, ada']));
    expect(orderingsOf('amir, ada')).toContain('ada amir');
    expect(orderingsOf('amir, ada maria')).toContain('ada maria amir');
    expect(orderingsOf('ada maria amir')).toContain('amir, ada maria');
    expect(orderingsOf('ada.amir')).toContain('ada amir');
  });

  it('are none but the name itself for one word, and for a sentence', () => {
    expect(orderingsOf('root')).toEqual(['root']);
    expect(orderingsOf('the backup of all our file servers')).toHaveLength(1);
  });
});
