import { ApiPropertyOptional } from '@nestjs/swagger';
import { Allow } from 'class-validator';

/** Fields of a record that only the server sets: taken, whatever they hold, from whoever sends it back, and not read. */
export function OnlyShown(...names: readonly string[]): ClassDecorator {
  return (type) => {
    for (const name of names) {
      ApiPropertyOptional({ readOnly: true, type: Object, nullable: true })(type.prototype as object, name);
      Allow()(type.prototype as object, name);
    }
  };
}
