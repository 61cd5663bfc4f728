import type { ValidationError } from 'class-validator';
import type { ErrorDetail } from '@app/kernel';
import { repeated } from './modest-body.js';

/** A tree of errors as a list of fields, written as a client would reach them: `a.b[0].c`. */
export function detailsOf(errors: readonly ValidationError[], parent = ''): ErrorDetail[] {
  return errors.flatMap((error) => {
    const field = pathOf(error, parent);
    // Decorators register from the bottom up: the last broken rule is the one written first, such as the type.
    const own = Object.entries(error.constraints ?? {})
      .slice(-1)
      .map(([rule, message]) => ({ field, message: sentence(rule, message, error.property, field) }));
    return [...own, ...detailsOf(error.children ?? [], field)];
  });
}

function pathOf({ property, target }: ValidationError, parent: string): string {
  if (Array.isArray(target)) return `${parent}[${property}]`;
  const name = repeated(property);
  return parent === '' ? name : `${parent}.${name}`;
}

function sentence(rule: string, message: string, property: string, field: string): string {
  if (rule === 'whitelistValidation') return `${field} is not a known field.`;
  const words = message.startsWith(`${property} `) ? field + message.slice(property.length) : message;
  return words.endsWith('.') ? words : `${words}.`;
}
