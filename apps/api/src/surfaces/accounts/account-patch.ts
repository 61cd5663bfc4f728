import type { PipeTransform } from '@nestjs/common';
import type { AccountEdit, EditableAccount } from '@app/accounts';
import { InvalidError, isId } from '@app/kernel';
import { type PatchStep, patchSteps, takeStep } from '../../http/json-patch.js';
import { recordPatchSchema } from '../../http/patch-schema.js';

type Wire = { identityId?: unknown; manuallyCorrelated?: unknown; attributes: Record<string, unknown> };

const ops = ['add', 'remove', 'replace', 'test'] as const;

const steps = patchSteps({
  ops,
  takes: ([name = '', attribute, ...deeper]) =>
    name === 'attributes'
      ? attribute !== undefined && attribute !== '' && deeper.length === 0
      : ['identityId', 'manuallyCorrelated'].includes(name) && attribute === undefined,
  places: '/identityId, /manuallyCorrelated, /attributes/<name>',
});

export const accountPatch: PipeTransform<unknown, readonly PatchStep[]> = { transform: steps };

export const accountPatchSchema = recordPatchSchema(ops, [
  { op: 'replace', path: '/identityId', value: '01974f3a-8c00-7689-8f6a-627384c7dcb2' },
]);

/** What the operations, done in their order on the account as its client reads it, make another of it. */
export function editBy(account: EditableAccount, patch: readonly PatchStep[]): AccountEdit {
  const wire: Wire = {
    identityId: account.ownerId,
    manuallyCorrelated: account.manual,
    attributes: { ...account.attributes },
  };
  for (const [at, step] of patch.entries()) {
    if (step.op !== 'test') refuseValue(step, at);
    takeStep(wire, step, at);
    // To its client an account that nobody owns has null there.
    wire.identityId ??= null;
  }
  const attributes = changesOf(account.attributes, wire.attributes, patch);
  return {
    ...(names(patch, 'identityId') && { ownerId: (wire.identityId as string | null)?.toLowerCase() ?? null }),
    ...(names(patch, 'manuallyCorrelated') && { manual: wire.manuallyCorrelated as boolean }),
    ...(attributes && { attributes }),
  };
}

function refuseValue({ op, path: [name, attribute], value }: PatchStep, at: number): void {
  const refuse = (words: string): never => {
    throw InvalidError.field(`${at}.value`, `Operation ${at}: ${words}.`);
  };
  if (name === 'identityId') {
    const known = op === 'remove' || value === null || (typeof value === 'string' && isId(value));
    if (!known) refuse('value must be the id of an identity');
  } else if (name === 'manuallyCorrelated') {
    if (op === 'remove') throw InvalidError.field(`${at}.op`, `Operation ${at}: manuallyCorrelated cannot be removed.`);
    if (typeof value !== 'boolean') refuse('value must be true or false');
  } else if (attribute!.trim() === 'sourceId') {
    throw InvalidError.field(`${at}.path`, `Operation ${at}: the source of an account cannot be changed.`);
  } else if (typeof value === 'object' && value !== null) refuse(`${attribute!.slice(0, 100)} must be a text`);
}

function names(patch: readonly PatchStep[], place: keyof Wire): boolean {
  return patch.some(({ op, path }) => op !== 'test' && path[0] === place);
}

/** Only what was named: of a name that is gone, null. A test alone asks about attributes without changing them. */
function changesOf(before: EditableAccount['attributes'], after: Wire['attributes'], patch: readonly PatchStep[]) {
  const named = patch.flatMap(({ path: [place, name] }) =>
    place === 'attributes' && name !== undefined ? [name] : [],
  );
  if (named.length === 0) return undefined;
  const value = (name: string) => (Object.hasOwn(after, name) ? after[name] : null);
  const changed = new Set(named.filter((name) => value(name) !== (Object.hasOwn(before, name) ? before[name] : null)));
  return Object.fromEntries([...changed].map((name) => [name, value(name)]));
}
