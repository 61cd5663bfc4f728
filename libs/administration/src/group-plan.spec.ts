import { describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { editsOf, type NamedGroup, planGroups, planNewGroups, planRename } from './group-plan.js';

const [alpha, beta, gamma] = ['Alpha', 'Beta', 'Gamma'].map((name) => ({ id: newId(), name }));
const existing = [alpha!, beta!, gamma!];
const plan = (...named: NamedGroup[]) => {
  const { groups, deleted } = planGroups(existing, named);
  return { names: groups.map(({ formerName, name }) => [formerName, name]), gone: deleted.map(({ name }) => name) };
};

describe('the groups there will be', () => {
  it('are found by id, then by name, then made; the others go', () => {
    expect(plan({ id: beta!.id, name: 'Two' }, { id: newId(), name: 'GAMMA' }, { name: 'New' })).toEqual({
      names: [
        ['Beta', 'Two'],
        ['Gamma', 'GAMMA'],
        [undefined, 'New'],
      ],
      gone: ['Alpha'],
    });
  });

  it('exchange names, or take one that goes', () => {
    const swapped = plan({ id: alpha!.id, name: 'Beta' }, { id: beta!.id, name: 'Alpha' }, { name: 'Gamma' });
    expect(swapped.gone).toEqual([]);
    expect(plan({ id: alpha!.id, name: 'gamma' }).gone).toEqual(['Beta', 'Gamma']);
  });

  it('keep a name that is not given only where the id is known', () => {
    expect(plan({ id: alpha!.id }).names).toEqual([['Alpha', 'Alpha']]);
    expect(() => plan({ id: newId() })).toThrow('groups.0.name is required');
    expect(() => plan({ id: '' })).toThrow('groups.0.name is required');
  });

  it.each([
    ['one twice', [{ id: alpha!.id }, { name: 'alpha' }], 'groups.1 is a group that is named before.'],
    ['two names alike', [{ id: alpha!.id, name: 'x' }, { name: 'X ' }], 'groups.1.name is the name of another'],
    ['the name of one that keeps it', [{ id: alpha!.id, name: 'BETA' }, { id: beta!.id }], 'groups.1.name is the name'],
  ])('are not %s', (_, named, message) => {
    expect(() => plan(...named)).toThrow(message);
  });

  it('are renamed and made only where something is otherwise', () => {
    const { groups } = planGroups(existing, [{ name: 'Alpha' }, { name: 'BETA' }, { name: 'New' }]);
    const { renamed, made } = editsOf(groups);
    expect(renamed).toEqual([{ id: beta!.id, name: 'BETA', formerName: 'Beta' }]);
    expect(made.map(({ name }) => name)).toEqual(['New']);
  });
});

describe('groups that are made beside others', () => {
  it('have names of their own, and there are at most 200', () => {
    expect(() => planNewGroups(existing, ['alpha'])).toThrow('This group name is taken.');
    expect(() => planNewGroups(existing, ['x', 'X'])).toThrow('1.name is the name of another group');
    const many = Array.from({ length: 198 }, (_, i) => `Group ${i}`);
    expect(planNewGroups(existing, many.slice(0, 197))).toHaveLength(197);
    expect(() => planNewGroups(existing, many)).toThrow('at most 200 groups');
  });
});

describe('a group that is renamed', () => {
  it('takes no name of another, but its own in other letters', () => {
    expect(() => planRename(existing, alpha!, 'beta')).toThrow('This group name is taken.');
    expect(planRename(existing, alpha!, 'ALPHA')).toMatchObject({ id: alpha!.id, name: 'ALPHA', formerName: 'Alpha' });
  });
});
