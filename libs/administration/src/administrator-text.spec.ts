import { describe, expect, it } from 'vitest';
import { administratorText } from './administrator-text.js';

describe('the mail about Administrators', () => {
  it('says who became one of what', () => {
    const { subject, text } = administratorText({ displayName: 'Zoë', organization: 'Acme & Söhne', isOne: true });
    expect(subject).toBe('You are an Administrator of Acme & Söhne');
    expect(text).toBe(
      'Hello Zoë,\n\nyou are an Administrator of Acme & Söhne from now on: you may do everything there.\n',
    );
  });

  it('says who is none any more', () => {
    const { subject, text } = administratorText({ displayName: 'Zoë', organization: 'Acme', isOne: false });
    expect(subject).toBe('You are no Administrator of Acme any more');
    expect(text).toContain('you are no Administrator of Acme any more.');
  });

  it('keeps names in their lines', () => {
    const names = { displayName: 'Eve\r\n\r\nOpen https://evil.example', organization: 'Acme\nBcc: all@example.com' };
    const { subject, text } = administratorText({ ...names, isOne: true });
    expect(subject).toBe('You are an Administrator of Acme Bcc: all@example.com');
    expect(text.split('\n')).toHaveLength(4);
  });
});
