import { describe, expect, it } from 'vitest';
import { PolicyError } from './policies.js';
import { readUsageLimits, readUsageRates } from './usage-settings.js';

describe('rates and limits of usage', () => {
  it('are the published ones unless they are set', () => {
    const datasource = { small: 0.3, medium: 0.7, large: 1 };
    expect(readUsageRates(undefined)).toEqual({ attachmentsource: 0.7, datasource, sms: 1 });
    expect(readUsageLimits(undefined)).toEqual({ source: 50, sms: 250 });
  });

  it('are set one by one, down to a ten-thousandth', () => {
    expect(readUsageRates('{"medium":0.0001,"sms":0}')).toEqual({
      attachmentsource: 0.7,
      datasource: { small: 0.3, medium: 0.0001, large: 1 },
      sms: 0,
    });
    expect(readUsageLimits('{"source":12.5}')).toEqual({ source: 12.5, sms: 250 });
  });

  it.each(['-1', '10001', '0.00001', '"1"', 'null', 'true', '1e-5', '[1]'])('are never %s', (value) => {
    const refused = 'must be a number from 0 to 10000 with at most 4 decimals';
    expect(() => readUsageRates(`{"small":${value}}`)).toThrow(refused);
    expect(() => readUsageLimits(`{"source":${value}}`)).toThrow(refused);
  });

  it.each(['', '[]', '1', 'null', '{', '{"nosuch":1}', '{"__proto__":1}', '{"datasource":{"small":1}}'])(
    'are not read from "%s"',
    (text) => {
      expect(() => readUsageRates(text)).toThrow(PolicyError);
      expect(() => readUsageLimits(text)).toThrow(PolicyError);
    },
  );
});
