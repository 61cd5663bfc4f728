import type { ValidationError } from 'class-validator';
import type { ErrorDetail } from '@app/kernel';
import { repeated } from './modest-body.js';

/** A tree of errors as a list of fields, written as a client would reach them: `a.b[0].c`. */
export function detailsOf(errors: readonly ValidationError[], parent = '', toldOfParent = false): ErrorDetail[] {
  return errors.flatMap((error) => {
    const field = pathOf(error, parent);
    const own = brokenRules(error, toldOfParent)
      .slice(-1)
      .map(([rule, message]) => ({ field, message: sentence(rule, message, error.property, field) }));
    return [...own, ...detailsOf(error.children ?? [], field, own.length > 0)];
  });
}

/** In the order they were registered, which for decorators written above a field is from the bottom up: the type comes last. */
function brokenRules({ constraints = {} }: ValidationError, toldOfParent: boolean): [string, string][] {
  const rules = Object.entries(constraints);
  // That there is nothing to look into says less than any other rule does.
  const telling = rules.filter(([rule]) => rule !== 'nestedValidation');
  return telling.length > 0 || toldOfParent ? telling : rules;
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
