import { describe, expect, it } from 'vitest';
import { Screen } from './screen.js';

function screenOf(isTTY: boolean, columns = 10) {
  let written = '';
  const write = (text: string | Uint8Array) => {
    written += String(text);
    return true;
  };
  const screen = new Screen({ isTTY, columns, write });
  return { screen, written: () => written };
}

describe('the screen', () => {
  it('draws over what it drew, until something is said', () => {
    const { screen, written } = screenOf(true);
    screen.draw(['a', 'b']);
    screen.draw(['c', 'd']);
    screen.say('done');
    screen.draw(['e']);
    expect(written()).toBe('\x1b[2Ka\n\x1b[2Kb\n\x1b[2A\x1b[2Kc\n\x1b[2Kd\ndone\n\x1b[2Ke\n');
  });

  it('cuts lines to the terminal, counting letters and not bytes', () => {
    expect(screenOf(true, 5).screen.fitting('Žižić')).toBe('Žižić');
    expect(screenOf(true, 5).screen.fitting('Žižić!')).toBe('Žiži…');
    expect(screenOf(false).screen.fitting('as long as it is')).toBe('as long as it is');
  });
});
