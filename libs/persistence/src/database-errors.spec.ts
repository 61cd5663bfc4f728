import { describe, expect, it } from 'vitest';
import { AbortedError, InvalidError, UnavailableError } from '@app/kernel';
import { domainErrorFrom, isRetryable, ranOutOfTime, violatedForeignKey, violatedUnique } from './database-errors.js';

const failure = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('an error of the database', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P03', '08006', '53300'])(
    'with the code %s says that the database is away',
    (code) => expect(domainErrorFrom(failure(code))).toBeInstanceOf(UnavailableError),
  );

  it('is found inside of what was wrapped around it', () => {
    const wrapped = new Error('outer', { cause: new Error('middle', { cause: failure('40P01') }) });
    expect(isRetryable(wrapped)).toBe(true);
    expect(isRetryable(failure('23505'))).toBe(false);
    const constraint = 'name_is_unique';
    expect(violatedUnique(Object.assign(failure('23505'), { constraint }))).toBe(constraint);
    expect(violatedForeignKey(Object.assign(failure('23505'), { constraint }))).toBeUndefined();
    expect(violatedForeignKey(Object.assign(failure('23503'), { constraint }))).toBe(constraint);
  });

  it.each(['40001', '40P01'])('with the code %s may be begun again, and else is a conflict', (code) => {
    const told = domainErrorFrom(failure(code));
    expect(told).toBeInstanceOf(AbortedError);
    expect([isRetryable(told), ranOutOfTime(told)]).toEqual([true, true]);
    expect(domainErrorFrom(told)).toBe(told);
    expect(isRetryable(domainErrorFrom(failure('55P03')))).toBe(false);
  });

  it('says of a text that holds rows that others held them, when its time was up', () => {
    const told = (text?: string) => domainErrorFrom(failure('57014'), text);
    expect(told('select id from t for no key update of t')).toBeInstanceOf(AbortedError);
    expect(told('select id from t order by id for key share')).toBeInstanceOf(AbortedError);
    expect(told('select id from t')).toBeInstanceOf(InvalidError);
    expect(told()).toBeInstanceOf(InvalidError);
    expect(isRetryable(told('select id from t for update'))).toBe(false);
  });

  it('that nobody foresaw passes unchanged', () => {
    const unforeseen = failure('22012');
    expect(domainErrorFrom(unforeseen)).toBe(unforeseen);
    expect(domainErrorFrom(undefined)).toBeUndefined();
  });
});
