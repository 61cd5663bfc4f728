import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';

/**
 * A field that only the server writes. Whatever a client sends in it is looked past, so that a record which was read can
 * be sent back.
 */
export function OnlyRead(type: 'string' | 'boolean', format?: string): PropertyDecorator {
  return applyDecorators(Allow(), ApiProperty({ required: false, readOnly: true, type, ...(format && { format }) }));
}
