import { applyDecorators, type Type as Class } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { ListOf } from '../../http/validation/body-fields.js';
import { Omittable } from '../../http/validation/omittable.js';

// Of the rules of a field the one that is broken and comes last is told: the type, then.
const longestId = 256;
/** As many as one request names. */
const mostNamed = 250;

/** What an application or a connector is called; it may be left out where there is one already. */
export function DisplayName({ required, example }: { required: boolean; example: string }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ required, example }),
    ...(required ? [] : [Omittable()]),
    MaxLength(256),
    Matches(/\S/, { message: 'displayName must not be blank.' }),
    IsString(),
  );
}

export function Description(): PropertyDecorator {
  return OptionalText(4096);
}

interface Told {
  readonly example?: string;
  readonly default?: string;
  readonly format?: string;
}

export function OptionalText(longest: number, told: Told = {}): PropertyDecorator {
  return applyDecorators(ApiProperty({ required: false, ...told }), Omittable(), MaxLength(longest), IsString());
}

export function OptionalId(): PropertyDecorator {
  return OptionalText(longestId, { format: 'uuid' });
}

export function Id(): PropertyDecorator {
  return applyDecorators(ApiProperty({ format: 'uuid' }), MaxLength(longestId), IsString());
}

/** Any texts; ids there are not find nothing. */
export function Texts(atMost = mostNamed): PropertyDecorator {
  const holds = (one: unknown) => typeof one === 'string';
  return applyDecorators(
    ApiPropertyOptional({ type: [String], maxItems: atMost }),
    Omittable(),
    ListOf({ atMost, holds, each: 'must be a text.', mayRepeat: true }),
  );
}

/** Some of the words there are. */
export function Words(known: readonly string[], atMost = mostNamed): PropertyDecorator {
  const holds = (one: unknown) => known.some((word) => word === one);
  return applyDecorators(
    ApiPropertyOptional({ type: [String], enum: known }),
    Omittable(),
    ListOf({ atMost, holds, each: `must be one of ${known.join(', ')}.`, mayRepeat: true }),
  );
}

/** An object of this type. */
export function Part(type: Class): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type }),
    Omittable(),
    IsObject(),
    ValidateNested(),
    Type(() => type),
  );
}

/** Objects of this type; `shape` is what a refusal says they are. */
export function Parts(type: Class, shape: string): PropertyDecorator {
  const holds = (one: unknown) => one instanceof type;
  return applyDecorators(
    ApiPropertyOptional({ type: [type], maxItems: mostNamed }),
    Omittable(),
    ListOf({ atMost: mostNamed, holds, each: `must be ${shape}.`, mayRepeat: true }),
    ValidateNested({ each: true }),
    Type(() => type),
  );
}
