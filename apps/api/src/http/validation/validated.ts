import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { type ErrorDetail, InvalidError } from '@app/kernel';
import { repeated, requireModest } from './modest-body.js';
import { detailsOf } from './validation-details.js';

interface Options {
  /** An absent body is then handed on as undefined; otherwise it is refused. */
  readonly optional?: boolean;
  /** A parameter the class does not declare is refused: a filter that is ignored shows more than was asked for. */
  readonly onlyKnown?: boolean;
}

/**
 * The parameter as an instance of its class, or a refusal naming every offending field. A body may hold nothing the
 * class does not declare; a query may, and the rest is ignored unless the list says otherwise.
 *
 *     @Query(validated(ListOwnersQuery)) query: ListOwnersQuery
 */
export function validated<T extends object>(
  type: Type<T>,
  options: Options = {},
): PipeTransform<unknown, T | undefined> {
  return {
    transform(value: unknown, metadata: ArgumentMetadata): T | undefined {
      if (metadata.type === 'query') return instanceOf(type, knownParameters(type, value, options));
      if (value === undefined && options.optional) return undefined;
      requireModest(value);
      return instanceOf(type, requireObject(value));
    },
  };
}

/** A body that is not the request's own, such as a record after a patch, held to the rules of its class. */
export function validBody<T extends object>(type: Type<T>, body: object): T {
  return instanceOf(type, body);
}

function instanceOf<T extends object>(type: Type<T>, plain: object): T {
  const instance = plainToInstance(type, plain);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
    validationError: { target: true, value: false },
  });
  if (errors.length > 0) refuse(detailsOf(errors));
  return instance;
}

function requireObject(value: unknown): object {
  if (value === undefined) throw new InvalidError('A JSON body is required.');
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new InvalidError('The body must be a JSON object.');
  }
  return value;
}

/** Parameters are flat text, each given once. */
function knownParameters(type: Type, query: unknown, { onlyKnown }: Options): object {
  const sent = Object.entries(query ?? {});
  const known = new Set(declaredFields(type));
  const unknown = onlyKnown ? sent.map(([name]) => name).filter((name) => !known.has(name)) : [];
  if (unknown.length > 0) {
    const accepted = [...known].join(', ');
    refuse(unknown.map((field) => ({ field: repeated(field), message: `Nothing is taken here but ${accepted}.` })));
  }
  const kept = sent.filter(([name]) => known.has(name));
  const several = kept.filter(([, value]) => typeof value !== 'string').map(([name]) => name);
  if (several.length > 0) {
    refuse(several.map((field) => ({ field, message: `${field} must be given once.` })));
  }
  return Object.fromEntries(kept);
}

function declaredFields(type: Type): string[] {
  return getMetadataStorage()
    .getTargetValidationMetadatas(type, '', true, false)
    .map(({ propertyName }) => propertyName);
}

const mostDetails = 20;

/** The sentence alone must do for surfaces that publish no details. */
function refuse(all: readonly ErrorDetail[]): never {
  const details = all.slice(0, mostDetails);
  const shown = new Set(details.slice(0, 5).map(({ message }) => message));
  throw new InvalidError([...shown].join(' '), details);
}
