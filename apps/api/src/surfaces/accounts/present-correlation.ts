import type { CorrelationCandidate, CorrelationOutcome } from '@app/accounts';
import { jsonSerializer } from '../../http/json-reply.js';
import { optionalText, reference, referenceSchema, text, truth } from './references.js';

export function presentCorrelationOutcome({ row, accountId, ownerId, status, message }: CorrelationOutcome) {
  return { row, accountId, identityId: ownerId, status, message };
}

export const correlationOutcomeSchema = {
  type: 'object',
  properties: {
    row: { type: 'integer', description: 'From 1; the header of CSV and blank lines are no rows.' },
    accountId: optionalText,
    identityId: { ...optionalText, description: 'Whose the account is now; of a failed row, whose it was to be.' },
    status: {
      type: 'string',
      example: 'correlated',
      description: '`correlated`, `released`, `unchanged` or `failed`.',
    },
    message: { ...optionalText, example: null },
  },
} as const;

export const writeCorrelationOutcome =
  jsonSerializer<ReturnType<typeof presentCorrelationOutcome>>(correlationOutcomeSchema);

/** Fields of an owner as this surface calls them. */
const identityFields = {
  identityId: 'identityId',
  email: 'email',
  altEmail: 'alternativeEmail',
  name: 'name',
} as const;

export function presentCandidate({ owner, score, current, rule, ambiguous, evidence }: CorrelationCandidate) {
  return {
    identity: reference('IDENTITY', owner.id, owner.name),
    email: owner.email,
    status: owner.status,
    score,
    current,
    rule,
    ambiguous,
    evidence: evidence.map((one) => ({
      kind: one.kind,
      accountField: one.accountField,
      accountValue: one.accountValue,
      identityField: identityFields[one.ownerField],
      identityValue: one.ownerValue,
      score: one.score,
      rule: one.rule,
    })),
  };
}

const score = { type: 'integer', minimum: 0, maximum: 100 } as const;

export const candidateSchema = {
  type: 'object',
  properties: {
    identity: referenceSchema,
    email: optionalText,
    status: { ...text, description: '`active` or `inactive`.' },
    score: { ...score, description: '100 for whom alone the rules of the source name.' },
    current: { ...truth, description: 'The account is correlated to this identity now.' },
    rule: { ...truth, description: 'The rules of the source name this identity.' },
    ambiguous: { ...truth, description: 'They name others as well, and so nobody.' },
    evidence: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          kind: {
            ...text,
            description:
              '`IDENTITY_ID`, `EMAIL`, `ALTERNATIVE_EMAIL`, `NAME`, `NAME_WORDS`, `EMAIL_LOCAL_PART` or `SIMILAR_NAME`.',
          },
          accountField: text,
          accountValue: text,
          identityField: text,
          identityValue: text,
          score: { ...score, description: 'What this is worth alone.' },
          rule: truth,
        },
      },
    },
  },
} as const;

export const writeCandidate = jsonSerializer<ReturnType<typeof presentCandidate>>(candidateSchema);
