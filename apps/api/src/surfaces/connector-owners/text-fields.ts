import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { Omittable } from '../../http/validation/omittable.js';

/** What an application or a connector is called; it may be left out where there is one already. */
export function DisplayName({ required, example }: { required: boolean; example: string }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ required, example }),
    ...(required ? [] : [Omittable()]),
    IsString(),
    Matches(/\S/, { message: 'displayName must not be blank.' }),
    MaxLength(256),
  );
}

export function Description(): PropertyDecorator {
  return applyDecorators(ApiProperty({ required: false }), Omittable(), IsString(), MaxLength(4096));
}
