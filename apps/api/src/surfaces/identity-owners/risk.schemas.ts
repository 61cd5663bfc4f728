import { remedyNames } from '@app/insights';

const text = { type: 'string' } as const;
const count = { type: 'integer' } as const;
const ids = { type: 'array', items: text } as const;
const score = { type: 'integer', minimum: 0, maximum: 100 } as const;
const level = { type: 'string', enum: ['low', 'medium', 'high', 'critical'] } as const;
const points = { type: 'number', description: 'With at most six decimals.' } as const;

const factor = { category: text, affected_accounts: count, severity: level, description: text } as const;

const explanation = {
  points,
  figures: {
    type: 'array',
    items: { type: 'object', properties: { name: text, count, weight: count, points } },
  },
  account_ids: { ...ids, description: 'The accounts behind the factor, by their ids.' },
  controls: { ...ids, description: 'NIST SP 800-53, CIS Controls and MITRE ATT&CK.' },
  remedy: {
    type: 'object',
    description:
      'Of the accounts behind the figures, those where each saves the most; the fewest where it is the same.',
    properties: {
      action: { type: 'string', enum: remedyNames },
      account_ids: ids,
      points_saved: { ...points, description: 'Of all points; below zero where the rest would weigh more.' },
      score_after: score,
    },
  },
} as const;

const assessment = {
  overall_risk_score: score,
  risk_level: level,
  risk_factors: {
    type: 'array',
    items: { type: 'object', properties: { ...factor, ...explanation }, required: Object.keys(factor) },
  },
  recommendations: { type: 'array', items: text },
} as const;

/** What `required` lacks is there with `explain` alone. */
export const riskAssessmentSchema = {
  type: 'object',
  properties: {
    ...assessment,
    points: {
      ...points,
      description:
        'What the factors add up to before each is rounded; rounded itself, and at most 100, it is the score.',
    },
  },
  required: Object.keys(assessment),
};

export const whatIfSchema = {
  type: 'object',
  properties: {
    ...assessment,
    risk_factors: { type: 'array', items: { type: 'object', properties: factor } },
    overall_risk_score_before: score,
    risk_level_before: level,
  },
} as const;
