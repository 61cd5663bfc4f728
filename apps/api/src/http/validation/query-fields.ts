import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import { isId } from '@app/kernel';
import { parseInstant } from '@app/query';

interface Range {
  readonly min: number;
  readonly max: number;
}

/** An optional whole number in a query. Digits only: `1e3`, `0x10`, `+1`, ` 5` and an empty text are refused, not guessed at. */
export function WholeNumber({ min, max }: Range): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^[0-9]{1,10}$/.test(value) ? Number(value) : value,
    ),
    ValidateBy({
      name: 'wholeNumber',
      validator: {
        validate: (value: unknown) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
        defaultMessage: (args) => `${args?.property} must be a whole number from ${min} to ${max}.`,
      },
    }),
  );
}

/** An optional `true` or `false` in a query. */
export function TrueOrFalse(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    ValidateBy({
      name: 'trueOrFalse',
      validator: {
        validate: (value: unknown) => typeof value === 'boolean',
        defaultMessage: (args) => `${args?.property} must be true or false.`,
      },
    }),
  );
}

/** An optional id in a query, in either letter case. */
export function IdText(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value)),
    ValidateBy({
      name: 'idText',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isId(value),
        defaultMessage: (args) => `${args?.property} must be an id.`,
      },
    }),
  );
}

/** An optional date-time in a query, with its zone. */
export function InstantText(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? (parseInstant(value) ?? value) : value)),
    ValidateBy({
      name: 'instantText',
      validator: {
        validate: (value: unknown) => value instanceof Date,
        defaultMessage: (args) => `${args?.property} must be a date-time with its zone, such as 2026-01-31T12:00:00Z.`,
      },
    }),
  );
}
