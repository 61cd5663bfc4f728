import type { PipeTransform } from '@nestjs/common';
import { applyPatch, type Operation } from 'rfc6902';
import { InvalidError } from '@app/kernel';
import { repeated } from './validation/modest-body.js';

type Attributes = Readonly<Record<string, unknown>>;
/** The operations of RFC 6902 that are taken, in the order they are done. */
export type JsonPatch = readonly PatchOperation[];

interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  /** Of the attribute, decoded. */
  readonly attribute: string;
  readonly value?: unknown;
}

const operations = ['add', 'remove', 'replace'] as const;
const members = ['op', 'path', 'value'];
const most = 100;

/**
 * A body of RFC 6902, over records whose attributes lie side by side: of 1 to 100 operations, each add, remove or
 * replace, each on one of the writable attributes. What is wrong is refused by its place, such as `2.path`.
 *
 *     @Body(jsonPatch(['userName', 'email'])) patch: JsonPatch
 */
export function jsonPatch(writable: readonly string[]): PipeTransform<unknown, JsonPatch> {
  return {
    transform(body: unknown): JsonPatch {
      if (body === undefined) throw new InvalidError('A JSON body is required.');
      if (!Array.isArray(body) || body.length === 0 || body.length > most) {
        throw new InvalidError(`The body must be an array of 1 to ${most} operations.`);
      }
      return body.map((sent: unknown, at) => operationIn(sent, at, writable));
    },
  };
}

/**
 * The attributes after all operations. One without a value is not there and cannot be removed; replaced it may be, for to
 * clients an attribute that was never set is as good as an empty one. `required` ones must have a value in the end.
 */
export function patched(attributes: Attributes, patch: JsonPatch, required: readonly string[]): Attributes {
  const document = { ...attributes };
  for (const [at, { op, attribute, value }] of patch.entries()) {
    const path = `/${attribute.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const step: Operation = op === 'remove' ? { op, path } : { op: 'add', path, value };
    const [failure] = applyPatch(document, [step]);
    if (failure) throw InvalidError.field(`${at}.path`, `Operation ${at}: ${attribute} has no value to remove.`);
    if (value === null) delete document[attribute];
  }
  const missing = required.find((name) => !Object.hasOwn(document, name));
  if (missing !== undefined) throw InvalidError.field(missing, `${missing} must have a value.`);
  return document;
}

function operationIn(sent: unknown, at: number, writable: readonly string[]): PatchOperation {
  if (sent === null || typeof sent !== 'object' || Array.isArray(sent)) {
    throw InvalidError.field(`${at}`, `Operation ${at} must be an object.`);
  }
  const { op, path, value } = sent as { op?: unknown; path?: unknown; value?: unknown };
  const unknown = Object.keys(sent).find((name) => !members.includes(name));
  if (unknown !== undefined)
    throw InvalidError.field(`${at}`, `Operation ${at} takes only ${members.join(', ')}, not ${repeated(unknown)}.`);
  if (!isOperation(op)) throw InvalidError.field(`${at}.op`, `Operation ${at}: op must be add, remove or replace.`);
  const attribute = attributeAt(path);
  if (attribute === undefined || !writable.includes(attribute)) {
    const accepted = writable.map((name) => `/${name}`).join(', ');
    throw InvalidError.field(`${at}.path`, `Operation ${at}: path must be one of ${accepted}.`);
  }
  if (op === 'remove') return { op, attribute };
  if (value === undefined) throw InvalidError.field(`${at}.value`, `Operation ${at}: value is required.`);
  return { op, attribute, value };
}

function isOperation(op: unknown): op is PatchOperation['op'] {
  return (operations as readonly unknown[]).includes(op);
}

/** RFC 6901, one step deep; decoded once. */
function attributeAt(path: unknown): string | undefined {
  if (typeof path !== 'string' || !path.startsWith('/')) return undefined;
  const step = path.slice(1);
  return step.includes('/') || /~(?![01])/.test(step) ? undefined : step.replaceAll('~1', '/').replaceAll('~0', '~');
}
