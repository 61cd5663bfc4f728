import { describe, expect, it } from 'vitest';
import { answerTo } from './refusal-answer.js';
import { type Refusal, type RefusalCode, statuses } from './refusal.js';

const requestId = 'a'.repeat(32);

function answer(path: string, refusal: Partial<Refusal> & { code: RefusalCode }, namesLanguages = false) {
  const { body, ...rest } = answerTo({ message: 'Words.', details: [], ...refusal }, path, {
    requestId,
    namesLanguages,
  });
  return { ...rest, body: JSON.parse(body) as unknown };
}

const codes = Object.keys(statuses) as RefusalCode[];

describe('every surface', () => {
  it.each(codes)('answers %s with the status of the one table', (code) => {
    for (const path of ['/api/v1/owners', '/accounts', '/oauth/token', '/api/v1/directory/users']) {
      expect(answer(path, { code }).status).toBe(statuses[code]);
    }
  });

  it('says how to authenticate with a 401, when to come back with a 429 and a 503, and what is allowed with a 405', () => {
    expect(answer('/x', { code: 'unauthenticated' }).headers).toMatchObject({ 'www-authenticate': 'Bearer' });
    for (const path of ['/x', '/accounts', '/api/v1/owners', '/api/v1/apps']) {
      const { headers } = answer(path, { code: 'unauthenticated', tokenError: 'invalid_token' });
      expect(headers).toMatchObject({ 'www-authenticate': 'Bearer error="invalid_token"' });
    }
    expect(answer('/x', { code: 'too_many_requests', retryAfterSeconds: 6.2 }).headers).toMatchObject({
      'retry-after': '7',
    });
    expect(answer('/x', { code: 'unavailable' }).headers).toMatchObject({ 'retry-after': '5' });
    expect(answer('/x', { code: 'method_not_allowed', allow: ['GET', 'HEAD'] }).headers).toMatchObject({
      allow: 'GET, HEAD',
    });
  });

  it('keeps refusals out of caches and says what they are', () => {
    expect(answer('/x', { code: 'invalid' }).headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': requestId,
    });
  });
});

describe('the owners surface', () => {
  it.each([
    ['invalid', 'VALIDATION_ERROR'],
    ['unauthenticated', 'UNAUTHORIZED'],
    ['forbidden', 'FORBIDDEN'],
    ['not_found', 'NOT_FOUND'],
    ['method_not_allowed', 'METHOD_NOT_ALLOWED'],
    ['conflict', 'CONFLICT'],
    ['too_large', 'PAYLOAD_TOO_LARGE'],
    ['unsupported_media_type', 'UNSUPPORTED_MEDIA_TYPE'],
    ['too_many_requests', 'RATE_LIMITED'],
  ] as const)('calls %s %s', (code, published) => {
    expect(answer('/api/v1/owners', { code }).body).toEqual({ error: { code: published, message: 'Words.' } });
  });

  it('adds details to a validation error only', () => {
    const details = [{ field: 'email', message: 'Taken.' }];
    expect(answer('/api/v1/owners', { code: 'invalid', details }).body).toMatchObject({ error: { details } });
    expect(answer('/api/v1/owners', { code: 'conflict', details }).body).not.toHaveProperty('error.details');
  });

  it('quotes the correlation id in a 500', () => {
    expect(answer('/api/v1/owners', { code: 'internal' }).body).toEqual({
      error: { code: 'INTERNAL_ERROR', message: `Words. Reference: ${requestId}` },
    });
  });
});

describe('the accounts surface', () => {
  it.each([
    ['invalid', '400.1 Bad Request Content'],
    ['forbidden', '403 Forbidden'],
    ['not_found', '404 Not found'],
    ['internal', '500.0 Internal Fault'],
  ] as const)('gives %s the detail code %s', (code, detailCode) => {
    expect(answer('/v3/accounts', { code }).body).toEqual({
      detailCode,
      trackingId: requestId,
      messages: [{ locale: 'en-US', localeOrigin: 'DEFAULT', text: 'Words.' }],
      causes: [],
    });
  });

  it('tells unreadable bytes from unacceptable content', () => {
    expect(answer('/accounts', { code: 'invalid', syntax: true }).body).toMatchObject({
      detailCode: '400.0 Bad request syntax',
    });
  });

  it('repeats the message for a client that names languages', () => {
    expect(answer('/accounts', { code: 'not_found' }, true).body).toMatchObject({
      messages: [{ locale: 'en-US' }, { locale: 'und', localeOrigin: 'REQUEST', text: 'Words.' }],
    });
  });

  it('answers 401 and 429 in the words of the gateway', () => {
    expect(answer('/accounts', { code: 'unauthenticated' }).body).toEqual({ error: 'JWT validation failed: Words.' });
    expect(answer('/accounts', { code: 'too_many_requests' }).body).toEqual({ message: ' Rate Limit Exceeded ' });
  });

  it('makes a tracking id of 32 hex digits of whatever id the client chose', () => {
    const { body } = answerTo({ code: 'invalid', message: '', details: [] }, '/accounts', {
      requestId: 'my-own.id',
      namesLanguages: false,
    });
    expect(JSON.parse(body)).toMatchObject({ trackingId: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
  });
});

describe('the connector-owners surface', () => {
  it.each([
    ['invalid', 400, 3],
    ['unauthenticated', 401, 16],
    ['forbidden', 403, 7],
    ['method_not_allowed', 405, 12],
    ['conflict', 409, 6],
    ['failed_precondition', 400, 9],
    ['too_large', 400, 3],
    ['unsupported_media_type', 415, 3],
    ['too_many_requests', 429, 8],
    ['unavailable', 503, 14],
  ] as const)('answers %s with %i and gRPC code %i', (code, status, grpc) => {
    expect(answer('/api/v1/apps', { code })).toMatchObject({ status, body: { code: grpc, message: 'Words.' } });
  });

  it('has a code of its own for a conflict that passes', () => {
    expect(answer('/api/v2/apps/1', { code: 'conflict', passing: true })).toMatchObject({
      status: 409,
      body: { code: 10, message: 'Words.' },
    });
  });

  it('has one text for every 404', () => {
    expect(answer('/api/v2/apps/1', { code: 'not_found', message: 'No such user.' }).body).toEqual({
      code: 5,
      message: 'Not found.',
    });
  });

  it('quotes the correlation id in a 500', () => {
    expect(answer('/api/v1/users', { code: 'internal' }).body).toEqual({
      code: 13,
      message: `Words. (request-id: ${requestId})`,
    });
  });
});

describe('the token doors', () => {
  it('write errors of RFC 6749, with the word of the service where it has one', () => {
    expect(answer('/oauth/token', { code: 'unauthenticated' }).body).toEqual({
      error: 'invalid_client',
      error_description: 'Words.',
    });
    expect(answer('/auth/v1/token', { code: 'invalid', reason: 'unsupported_grant_type' }).body).toMatchObject({
      error: 'unsupported_grant_type',
    });
  });

  it('keep quotes, backslashes and letters beyond ASCII out of the description', () => {
    expect(answer('/oauth/token', { code: 'invalid', message: '"ä\\' }).body).toMatchObject({
      error_description: "'''",
    });
  });
});

describe('the directory surface and everything else', () => {
  it('writes a sentence, a code and the details', () => {
    const details = [{ field: 'userName', message: 'Taken.' }];
    expect(answer('/api/v1/directory/users', { code: 'conflict', details }).body).toEqual({
      error: 'Words.',
      code: 'conflict',
      details,
    });
  });

  it('lets a service name its own code', () => {
    expect(answer('/api/v1/auth/login', { code: 'forbidden', reason: 'passwordChangeRequired' }).body).toEqual({
      error: 'Words.',
      code: 'passwordChangeRequired',
    });
  });
});
