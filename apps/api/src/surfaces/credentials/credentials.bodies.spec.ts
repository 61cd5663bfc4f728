import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { InvalidError } from '@app/kernel';
import { validated } from '../../http/validation/validated.js';
import { CreateClientBody } from './credentials.bodies.js';

const refusalOf = (body: object) => {
  try {
    validated(CreateClientBody).transform({ name: 'x', roles: [], ...body }, { type: 'body' });
    return undefined;
  } catch (error) {
    return (error as InvalidError).details;
  }
};
const many = (of: (i: number) => unknown) => Array.from({ length: 100_000 }, (_, i) => of(i));

describe('lists of a client', () => {
  it.each([
    ['roles', 'AUDITOR', /^roles must be a list\.$/],
    ['roles', { length: 1 }, /^roles must be a list\.$/],
    ['roles', ['ROOT'], /^Each of roles must be one of Administrator, /],
    ['roles', ['AUDITOR', 'AUDITOR'], /^roles must hold nothing twice\.$/],
    ['roles', many((i) => `${i}`), /^roles must hold at most 6 entries\.$/],
    ['sourceNetworks', many((i) => `10.0.${i >> 8}.${i & 255}`), /^sourceNetworks must hold at most 50 entries\.$/],
    ['sourceNetworks', ['10.0.0.1/8'], /^Each of sourceNetworks must be an address or a network /],
    ['sourceNetworks', ['10.0.0.0/8', '10.0.0.0/8'], /^sourceNetworks must hold nothing twice\.$/],
  ])('%s are refused with one sentence when they are not as they must be', (field, value, message) => {
    const details = refusalOf({ [field]: value });
    expect(details).toEqual([{ field, message: expect.stringMatching(message) }]);
  });

  it('are taken as long as they may be', () => {
    const sourceNetworks = Array.from({ length: 50 }, (_, i) => `10.0.0.${i}`);
    expect(refusalOf({ sourceNetworks })).toBeUndefined();
    expect(refusalOf({ sourceNetworks: [], roles: ['AUDITOR', 'HELPDESK'] })).toBeUndefined();
  });
});
