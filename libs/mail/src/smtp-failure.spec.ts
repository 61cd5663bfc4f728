import { describe, expect, it } from 'vitest';
import { DeliveryError } from './delivery.js';
import { deliveryErrorFrom } from './smtp-failure.js';

const failure = (fields: object) => deliveryErrorFrom(Object.assign(new Error('words'), fields));

describe('a refusal of a mail server', () => {
  it.each([
    ['an unknown recipient', { command: 'RCPT TO', responseCode: 550 }, true],
    ['a letter it takes for spam', { command: 'DATA', responseCode: 554 }, true],
    ['a recipient for now', { command: 'RCPT TO', responseCode: 451 }, false],
    ['a letter for now', { command: 'DATA', responseCode: 452 }, false],
    ['the sender, which the operator can change', { command: 'MAIL FROM', responseCode: 550 }, false],
    ['the password, which the operator can change', { command: 'AUTH PLAIN', responseCode: 535 }, false],
    ['a connection', { command: 'CONN', code: 'ECONNECTION' }, false],
    ['nothing, for it did not answer', {}, false],
  ])('of %s ends the tries or not', (_, fields, permanent) => {
    expect(failure(fields).permanent).toBe(permanent);
  });

  it.each(['RCPT TO', 'MAIL FROM', 'EHLO'])('after %s is kept in its own words, as one line', (command) => {
    const response = '550 no such user';
    const error = failure({ message: `rejected:\r\n${response}`, command, response, responseCode: 550 });
    expect(error.message).toBe('rejected: 550 no such user');
  });

  it.each(['DATA', 'AUTH PLAIN', 'AUTH LOGIN', 'CONN'])(
    'after %s is kept without them: they may be ours',
    (command) => {
      const response = '554 spam: https://x.test/?token=osti_abc';
      const error = failure({ message: `failed: ${response}`, command, response, responseCode: 554 });
      expect(error.message).toBe(`${command}: the server answered 554.`);
    },
  );

  it('by the system, not by the server, is told', () => {
    expect(failure({ message: 'read ECONNRESET', command: 'CONN', code: 'ECONNECTION' }).message).toBe(
      'read ECONNRESET',
    );
  });

  it('that is told already stays as it is', () => {
    const error = new DeliveryError('no address', true);
    expect(deliveryErrorFrom(error)).toBe(error);
  });
});
