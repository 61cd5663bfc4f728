import { HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { AbortedError, ConflictError, DomainError, InvalidError } from '@app/kernel';
import { QueryError } from '@app/query';
import { refusalOf, UnreadableError } from './refusal.js';

describe('an error as a refusal', () => {
  it('keeps code, message and details of a domain error', () => {
    const details = [{ field: 'email', message: 'Taken.' }];
    expect(refusalOf(new ConflictError('Taken.', details))).toEqual({ code: 'conflict', message: 'Taken.', details });
    const passing = { code: 'conflict', message: 'Again.', details: [], passing: true };
    expect(refusalOf(new AbortedError('Again.'))).toEqual(passing);
  });

  it('keeps the reason a service gives beside the code', () => {
    const error = Object.assign(new DomainError('invalid', 'No.'), { reason: 'invalid_grant' });
    expect(refusalOf(error)).toMatchObject({ code: 'invalid', reason: 'invalid_grant' });
  });

  it('takes a refused filter for an invalid request', () => {
    expect(refusalOf(new QueryError('unknown field'))).toEqual({
      code: 'invalid',
      message: 'unknown field',
      details: [],
    });
  });

  it('marks bytes that could not be read', () => {
    expect(refusalOf(new UnreadableError('No JSON.'))).toMatchObject({ code: 'invalid', syntax: true });
    expect(refusalOf(new InvalidError('No name.'))).not.toHaveProperty('syntax');
  });

  it.each([
    [400, 'invalid'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [406, 'unsupported_media_type'],
    [408, 'invalid'],
    [413, 'too_large'],
    [414, 'not_found'],
    [415, 'unsupported_media_type'],
    [418, 'invalid'],
    [429, 'too_many_requests'],
    [431, 'too_large'],
    [500, 'internal'],
    [502, 'internal'],
  ])('takes a %i of the framework for %s', (status, code) => {
    expect(refusalOf(new HttpException('secret', status)).code).toBe(code);
  });

  it('never repeats the words of the framework, which quote the URL', () => {
    expect(refusalOf(new NotFoundException('Cannot GET /x?token=secret')).message).not.toContain('secret');
  });

  it('does not mistake a failed file of our own for a broken upload', () => {
    expect(refusalOf(new Error('Unexpected end of file')).code).toBe('internal');
  });

  it.each([[new Error('select * from app_user')], [new TypeError('x is undefined')], ['a text'], [null], [undefined]])(
    'hides everything of %s',
    (error) => {
      expect(refusalOf(error)).toEqual({
        code: 'internal',
        message: 'Something went wrong on this side.',
        details: [],
      });
    },
  );
});
