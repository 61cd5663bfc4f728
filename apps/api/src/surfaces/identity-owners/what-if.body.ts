import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ValidateBy, ValidateNested } from 'class-validator';
import { findRiskCategory, type PlannedRemedy, riskCategoryNames } from '@app/insights';
import { type ErrorDetail, InvalidError, isId } from '@app/kernel';
import { Omittable } from '../../http/validation/omittable.js';

const mostAccounts = 1_000;
const mostDetails = 20;

/** Its size, and which kind of entries; what they say is judged one by one. */
function ListOfSome(most: number, what: string, holds: (entry: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name: 'listOfSome',
    validator: {
      validate: (value: unknown) =>
        Array.isArray(value) && value.length > 0 && value.length <= most && value.every((entry) => holds(entry)),
      defaultMessage: (args) => `${args?.property} must be a list of 1 to ${most} ${what}.`,
    },
  });
}

class RemedyBody {
  /** A category of the risk assessment, in either letter case. */
  @ApiProperty({ enum: riskCategoryNames })
  @ValidateBy({
    name: 'riskCategory',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && findRiskCategory(value) !== undefined,
      defaultMessage: (args) => `${args?.property} must be one of ${riskCategoryNames.join(', ')}.`,
    },
  })
  category!: string;

  /** Accounts behind the factor; absent: all of them. */
  @ApiProperty({ required: false, type: [String], minItems: 1, maxItems: mostAccounts })
  @Omittable()
  @ListOfSome(mostAccounts, 'ids', (entry) => typeof entry === 'string')
  account_ids?: string[];
}

export class WhatIfBody {
  /** What would be done about which factors, each of them once. */
  @ApiProperty({ type: [RemedyBody], minItems: 1, maxItems: riskCategoryNames.length })
  @ListOfSome(riskCategoryNames.length, 'remedies', (entry) => entry instanceof RemedyBody)
  @ValidateNested({ each: true })
  @Type(() => RemedyBody)
  remedies!: RemedyBody[];
}

export function readRemedies({ remedies }: WhatIfBody): PlannedRemedy[] {
  const planned = remedies.map(({ category, account_ids: ids }, i) => ({
    category: findRiskCategory(category)!,
    accounts: ids?.map((id, at) => ({ id: id.toLowerCase(), field: `remedies[${i}].account_ids[${at}]` })),
  }));
  const twice = planned.findIndex(({ category }, i) => planned.findIndex((one) => one.category === category) < i);
  if (twice >= 0) refuse([{ field: `remedies[${twice}].category`, message: 'A category is named once.' }]);
  const wrong = planned.flatMap(({ accounts = [] }) => accounts.filter(({ id }) => !isId(id)));
  if (wrong.length > 0) refuse(wrong.map(({ field }) => ({ field, message: `${field} must be an id.` })));
  return planned;
}

function refuse(details: readonly ErrorDetail[]): never {
  throw new InvalidError(details[0]!.message, details.slice(0, mostDetails));
}
