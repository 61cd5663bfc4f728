import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';

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
