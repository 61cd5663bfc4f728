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

/** An operation on a record that is more than attributes side by side. */
export interface PatchStep {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  /** The way to the value, each step decoded. */
  readonly path: readonly string[];
  readonly value?: unknown;
}

/** Which operations are taken, and where. */
interface PatchRules {
  readonly ops: readonly PatchStep['op'][];
  readonly takes: (path: readonly string[]) => boolean;
  /** The places in words, for whoever named another. */
  readonly places: string;
}

const members = ['op', 'path', 'value'];
const most = 100;

/**
 * A body of RFC 6902, over records whose attributes lie side by side: of 1 to 100 operations, each add, remove or
 * replace, each on one of the writable attributes. What is wrong is refused by its place, such as `2.path`.
 *
 *     @Body(jsonPatch(['userName', 'email'])) patch: JsonPatch
 */
export function jsonPatch(writable: readonly string[]): PipeTransform<unknown, JsonPatch> {
  const steps = patchSteps({
    ops: ['add', 'remove', 'replace'],
    takes: ([attribute = '', ...deeper]) => deeper.length === 0 && writable.includes(attribute),
    places: writable.map((name) => `/${name}`).join(', '),
  });
  return {
    transform(body: unknown): JsonPatch {
      return steps(body).map(({ op, path: [attribute = ''], value }) => {
        return { op: op as PatchOperation['op'], attribute, ...(value !== undefined && { value }) };
      });
    },
  };
}

/** Reads such a body by rules of its own. */
export function patchSteps(rules: PatchRules): (body: unknown) => PatchStep[] {
  return (body) => {
    if (body === undefined) throw new InvalidError('A JSON body is required.');
    if (!Array.isArray(body) || body.length === 0 || body.length > most) {
      throw new InvalidError(`The body must be an array of 1 to ${most} operations.`);
    }
    return body.map((sent: unknown, at) => stepIn(sent, at, rules));
  };
}

/**
 * The attributes after all operations. One without a value is not there and cannot be removed; replaced it may be, for to
 * clients an attribute that was never set is as good as an empty one. `required` ones must have a value in the end.
 */
export function patched(attributes: Attributes, patch: JsonPatch, required: readonly string[]): Attributes {
  const document = { ...attributes };
  for (const [at, { op, attribute, value }] of patch.entries()) {
    takeStep(document, { op, path: [attribute], value }, at);
    if (value === null) delete document[attribute];
  }
  const missing = required.find((name) => !Object.hasOwn(document, name));
  if (missing !== undefined) throw InvalidError.field(missing, `${missing} must have a value.`);
  return document;
}

/** Does one operation on the document itself. */
export function takeStep(document: object, { op, path, value }: PatchStep, at: number): void {
  const pointer = path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  const step: Operation =
    op === 'remove' ? { op, path: pointer } : { op: op === 'replace' ? 'add' : op, path: pointer, value };
  const [failure] = applyPatch(document, [step]);
  if (!failure) return;
  const name = repeated(path.join('/'));
  const words = op === 'test' ? `${name} is not what it was tested for` : `${name} has no value to remove`;
  throw InvalidError.field(`${at}.${op === 'test' ? 'value' : 'path'}`, `Operation ${at}: ${words}.`);
}

function stepIn(sent: unknown, at: number, { ops, takes, places }: PatchRules): PatchStep {
  if (sent === null || typeof sent !== 'object' || Array.isArray(sent)) {
    throw InvalidError.field(`${at}`, `Operation ${at} must be an object.`);
  }
  const { op, path, value } = sent as { op?: unknown; path?: unknown; value?: unknown };
  const unknown = Object.keys(sent).find((name) => !members.includes(name));
  if (unknown !== undefined)
    throw InvalidError.field(`${at}`, `Operation ${at} takes only ${members.join(', ')}, not ${repeated(unknown)}.`);
  const known = ops.find((one) => one === op);
  if (known === undefined) {
    const accepted = `${ops.slice(0, -1).join(', ')} or ${ops.at(-1)}`;
    throw InvalidError.field(`${at}.op`, `Operation ${at}: op must be ${accepted}.`);
  }
  const steps = stepsOf(path);
  if (steps === undefined || !takes(steps)) {
    throw InvalidError.field(`${at}.path`, `Operation ${at}: path must be one of ${places}.`);
  }
  if (known === 'remove') return { op: known, path: steps };
  if (value === undefined) throw InvalidError.field(`${at}.value`, `Operation ${at}: value is required.`);
  return { op: known, path: steps, value };
}

/** RFC 6901; each step decoded once. What every object has already is no place in a record. */
function stepsOf(path: unknown): string[] | undefined {
  if (typeof path !== 'string' || !path.startsWith('/') || /~(?![01])/.test(path)) return undefined;
  const steps = path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.some((step) => step in Object.prototype) ? undefined : steps;
}
