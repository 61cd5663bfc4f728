import type { PipeTransform } from '@nestjs/common';
import { isId, NotFoundError } from '@app/kernel';

/**
 * A malformed id is simply unknown: 404 before any query. Upper case is another spelling of the same id.
 *
 *     @Param('id', new IdParam('owner')) id: string
 */
export class IdParam implements PipeTransform<unknown, string> {
  constructor(private readonly kind: string) {}

  transform(value: unknown): string {
    if (typeof value !== 'string' || !isId(value)) throw new NotFoundError(this.kind);
    return value.toLowerCase();
  }
}
