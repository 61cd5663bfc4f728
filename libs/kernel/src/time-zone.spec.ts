import { expect, it } from 'vitest';
import { isTimeZone } from './time-zone.js';

it.each(['UTC', 'Europe/Helsinki', 'Australia/Sydney', 'america/new_york', 'US/Eastern'])(
  '%s is a time zone',
  (name) => {
    expect(isTimeZone(name)).toBe(true);
  },
);

it.each(['', '+10:00', '-03', 'Mars/Base', 'Europe', 'Europe/Helsinki ', '10'])('"%s" is none', (name) => {
  expect(isTimeZone(name)).toBe(false);
});
