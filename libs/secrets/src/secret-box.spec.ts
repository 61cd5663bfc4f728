import { describe, expect, it } from 'vitest';
import { SecretBox } from './secret-box.js';
import { SecretKeyError } from './secret-key.js';

const box = new SecretBox(Buffer.alloc(32, 1));
const place = { organizationId: 'o1', table: 'signing_key', row: 'r1', column: 'private_key_sealed' };

describe('secrets at rest', () => {
  it('come back as they went in', () => {
    expect(box.open(place, box.seal(place, 'pässwörd'))).toBe('pässwörd');
  });

  it('never look alike twice', () => {
    expect(box.seal(place, 'x')).not.toBe(box.seal(place, 'x'));
  });

  it.each([{ organizationId: 'o2' }, { table: 'other' }, { row: 'r2' }, { column: 'other' }])(
    'do not open in another place: %o',
    (elsewhere) => {
      const sealed = box.seal(place, 'x');
      expect(() => box.open({ ...place, ...elsewhere }, sealed)).toThrow(/unable to authenticate/);
    },
  );

  it('do not open when altered', () => {
    const sealed = box.seal(place, 'secret value');
    const altered = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    expect(() => box.open(place, altered)).toThrow(/unable to authenticate/);
  });

  it('say that the server key changed, and not the key', () => {
    const sealed = new SecretBox(Buffer.alloc(32, 2)).seal(place, 'x');
    expect(() => box.open(place, sealed)).toThrow(/OSTIARY_SECRET_KEY has changed/);
    expect(() => box.open(place, sealed)).toThrow(SecretKeyError);
  });

  it('sign for one purpose only', () => {
    expect(box.sign('cursor', 'a')).toBe(box.sign('cursor', 'a'));
    expect(box.sign('cursor', 'a')).not.toBe(box.sign('other', 'a'));
    expect(box.sign('cursor', 'a')).not.toBe(box.sign('cursor', 'b'));
  });
});
