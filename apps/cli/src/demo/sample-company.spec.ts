import { describe, expect, it } from 'vitest';
import { SampleCompany } from './sample-company.js';

const company = new SampleCompany('demo/company');

describe('the sample company', () => {
  it('has a short name a login can use', () => {
    expect(company.slug).toMatch(/^[a-z0-9]{3,32}$/);
  });

  it('is read as if its files had been written on the day', () => {
    const [hr] = company.systems;
    const nextYear = company.fileOf(hr!, new Date('2027-01-01T00:00:00Z'));
    expect(nextYear).toContain('2026-12-');
    expect(nextYear.split('\n')[0]).toBe(company.fileOf(hr!, new Date('2026-01-01T23:59:59Z')).split('\n')[0]);
  });
});
