import { describe, expect, it } from 'vitest';
import { and, type Condition, everything, not, nothing, or } from '@app/query';
import { tallyFilterOf } from './account-tally.js';

const connectorId = '01890000-0000-7000-8000-000000000001';
const other = '01890000-0000-7000-8000-000000000002';
const among = (...values: string[]): Condition => ({ kind: 'in', path: 'connectorId', values });
const ofConnector: Condition = { kind: 'compare', path: 'connectorId', op: 'eq', value: connectorId };
const uncorrelated: Condition = { kind: 'compare', path: 'uncorrelated', op: 'eq', value: true };
const correlated: Condition = { kind: 'compare', path: 'uncorrelated', op: 'eq', value: false };

describe('the tally that answers a condition', () => {
  it.each<[string, Condition, object]>([
    ['everything', everything, {}],
    ['a connector', ofConnector, { connectorIds: [connectorId] }],
    [
      'a connector in other letters',
      { ...ofConnector, value: connectorId.toUpperCase() },
      { connectorIds: [connectorId] },
    ],
    ['a malformed id', { ...ofConnector, value: 'x' }, { connectorIds: [] }],
    ['several connectors', among(connectorId, other, other), { connectorIds: [connectorId, other] }],
    ['what several lists have in common', and(among(connectorId, other), among(other)), { connectorIds: [other] }],
    ['uncorrelated', uncorrelated, { correlated: false }],
    ['correlated', correlated, { correlated: true }],
    ['both', and(ofConnector, correlated), { connectorIds: [connectorId], correlated: true }],
  ])('is known for %s', (_name, condition, filter) => {
    expect(tallyFilterOf(condition)).toEqual(filter);
  });

  it.each<[string, Condition]>([
    ['nothing', nothing],
    ['a negation', not(ofConnector)],
    ['an alternative', or(ofConnector, uncorrelated)],
    ['another field', { kind: 'compare', path: 'name', op: 'eq', value: 'x' }],
    ['another operator', { ...ofConnector, op: 'ne' }],
    ['a contradiction', and(correlated, uncorrelated)],
  ])('is not known for %s', (_name, condition) => {
    expect(tallyFilterOf(condition)).toBeUndefined();
  });
});
