import { describe, expect, it } from 'vitest';
import { explainConnectionFailure } from './explain-connection-failure.js';
import { requireUsable } from './probe-database.js';

const at = { host: 'db.example', port: '5432', database: 'iam', user: 'ostiary' };

describe('what a database must be', () => {
  const fine = { versionNumber: 150_000, standby: false, readOnly: false };

  it('accepts PostgreSQL 15', () => {
    expect(() => requireUsable(fine, at)).not.toThrow();
  });

  it.each([
    [
      { ...fine, versionNumber: 140_019 },
      'The server db.example is PostgreSQL 14: Ostiary needs PostgreSQL 15 or newer.',
    ],
    [
      { ...fine, versionNumber: 90_624 },
      'The server db.example is PostgreSQL 9: Ostiary needs PostgreSQL 15 or newer.',
    ],
    [{ ...fine, standby: true, readOnly: true }, 'is a standby and takes no changes'],
    [{ ...fine, readOnly: true }, 'The database "iam" on db.example is read-only'],
  ])('refuses %j', (facts, reason) => {
    expect(() => requireUsable(facts, at)).toThrow(reason);
  });
});

describe('explaining a failed connection', () => {
  it.each([
    ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", no encryption', 'requires TLS'],
    ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", SSL encryption', 'under no rule'],
    ['28P01', 'password authentication failed for user "a"', 'or its password'],
    ['53100', 'could not write init file', 'is full'],
    ['53300', 'sorry, too many clients already', 'has no connection left'],
    ['57P03', 'the database system is starting up', 'starting or stopping'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN db.example', 'was not found'],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH', 'cannot be reached'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'is not trusted'],
    ['XX000', 'something new', 'refused to work (XX000)'],
  ])('%s "%s" says: %s', (code, message, sentence) => {
    expect(explainConnectionFailure(Object.assign(new Error(message), { code }), at)).toContain(sentence);
  });
});
