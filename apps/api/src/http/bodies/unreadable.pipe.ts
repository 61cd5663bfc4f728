import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidError, isStorable, NotFoundError } from '@app/kernel';
import { MalformedBody, unsupported } from './body-parsers.js';
import { FormFields } from './form-text.js';

/** Global, hence after the guards and before every other pipe: where unreadable input is finally refused. */
@Injectable()
export class UnreadablePipe implements PipeTransform {
  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    if (value instanceof MalformedBody) throw value.error;
    if (type === 'body' && value instanceof FormFields) throw unsupported();
    if (type === 'param' && !storable(value)) throw new NotFoundError('record');
    if (type === 'query' && !storable(value)) {
      throw new InvalidError('A query parameter holds characters that cannot be stored.');
    }
    return value;
  }
}

function storable(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([key, item]) => isStorable(key) && storable(item));
}
