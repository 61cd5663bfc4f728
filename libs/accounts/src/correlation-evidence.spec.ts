import { describe, expect, it } from 'vitest';
import { type CorrelationRule, parseConnectorConfig, rulesOf } from '@app/connectors';
import { fold, foldOrNull } from '@app/kernel';
import type { ComparedAccount, ComparingConnector } from './compared-account.js';
import { AccountClues, type ComparedOwner } from './correlation-evidence.js';

const mapping = { login: 'nativeIdentity', mail: 'email', staff: 'identityId', full: 'displayName' };
const byId: CorrelationRule = { account: 'identityId', owner: 'identityId' };
const byMail: CorrelationRule = { account: 'email', owner: 'email' };

function connector(rules: readonly CorrelationRule[] = [byId, byMail], more: object = {}): ComparingConnector {
  const config = parseConnectorConfig({ kind: 'delimited-file', mapping, correlationRules: rules, ...more });
  return { config, applied_rules: rulesOf(config) };
}

function account(columns: Partial<ComparedAccount>): ComparedAccount {
  const empty = { native_identity: 'x-4711', name: 'x-4711', display_name: null, uuid: null, email: null };
  return {
    ...empty,
    description: null,
    attributes: {},
    correlation_keys: [null, foldOrNull(columns.email)],
    ...columns,
  };
}

let serial = 0;
function owner(name: string, columns: Partial<ComparedOwner> = {}): ComparedOwner {
  const { email = null, alt_email = null, identity_id = null } = columns;
  return {
    id: `0000${++serial}`.slice(-5),
    name,
    name_key: fold(name),
    email,
    email_key: foldOrNull(email),
    alt_email,
    alt_email_key: foldOrNull(alt_email),
    identity_id,
    identity_key: foldOrNull(identity_id),
    status: 'active',
    ...columns,
  };
}

const judged = (of: Partial<ComparedAccount>, owners: readonly ComparedOwner[], at = connector()) =>
  new AccountClues(account(of), at).candidatesAmong(owners);
const kinds = (of: Partial<ComparedAccount>, whom: ComparedOwner, at = connector([])) =>
  judged(of, [whom], at)[0]!.evidence.map(({ kind, accountField }) => `${kind} by ${accountField}`);

describe('what speaks for an owner', () => {
  const ada = owner('Ada Amir', { email: 'ada.amir@example.com', alt_email: 'ada@home.example', identity_id: 'E-7' });

  it.each<[string, Partial<ComparedAccount>, string[]]>([
    ['his id as the native identity', { native_identity: 'e-7' }, ['IDENTITY_ID by nativeIdentity']],
    ['his id in an attribute', { attributes: { badge: 'E-7' } }, ['IDENTITY_ID by attributes.badge']],
    ['his id as uuid', { uuid: 'E-7' }, ['IDENTITY_ID by uuid']],
    ['his address', { email: 'ADA.AMIR@example.com' }, ['EMAIL by email', 'NAME_WORDS by email']],
    ['his address as the name', { name: 'ada.amir@example.com' }, ['EMAIL by name', 'NAME_WORDS by name']],
    ['his other address', { email: 'ada@home.example' }, ['ALTERNATIVE_EMAIL by email']],
    [
      'his mail box as the native identity',
      { native_identity: 'ada.amir' },
      ['EMAIL_LOCAL_PART by nativeIdentity', 'NAME_WORDS by nativeIdentity'],
    ],
    [
      'his mail box in a domain',
      { native_identity: 'CORP\\Ada.Amir' },
      ['EMAIL_LOCAL_PART by nativeIdentity', 'NAME_WORDS by nativeIdentity'],
    ],
    [
      'his mail box elsewhere',
      { email: 'ada.amir@other.example' },
      ['EMAIL_LOCAL_PART by email', 'NAME_WORDS by email'],
    ],
    ['his name', { display_name: 'ADA AMIR' }, ['NAME by displayName']],
    ['his name as the account’s', { name: 'Ada Amir' }, ['NAME by name']],
    ['his name in a directory', { native_identity: 'CN=Ada Amir,OU=People' }, ['NAME by nativeIdentity']],
    ['his name turned round', { display_name: 'Amir, Ada' }, ['NAME_WORDS by displayName']],
    ['nearly his name', { display_name: 'Ada Amiri' }, ['SIMILAR_NAME by displayName']],
    ['one word of his name', { display_name: 'Ada' }, []],
    ['nothing', {}, []],
  ])('is %s', (_what, of, expected) => {
    expect(kinds(of, ada)).toEqual(expected);
  });

  it('is told with both values as they are written', () => {
    const [one] = judged({ email: 'ADA@Home.example' }, [ada], connector([]))[0]!.evidence;
    expect(one).toEqual({
      kind: 'ALTERNATIVE_EMAIL',
      accountField: 'email',
      accountValue: 'ADA@Home.example',
      ownerField: 'altEmail',
      ownerValue: 'ada@home.example',
      score: 85,
      rule: false,
    });
  });

  it('counts together, and never as much as what is sure', () => {
    const scores = [
      {},
      { display_name: 'Ada Amiri' },
      { display_name: 'Amir Ada' },
      { display_name: 'Ada Amir' },
      { email: 'ada@home.example' },
      { native_identity: 'E-7' },
      { native_identity: 'E-7', email: 'ada.amir@example.com', display_name: 'Ada Amir' },
    ].map((of) => judged(of, [ada], connector([]))[0]!.score);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(new Set(scores).size).toBe(scores.length);
    expect([scores[0], scores.at(-1)]).toEqual([0, 99]);
  });

  it('is read in every script', () => {
    const zoya = owner('Зоя Петрова', {});
    expect(kinds({ display_name: 'Петрова Зоя' }, zoya)).toEqual(['NAME_WORDS by displayName']);
    expect(kinds({ display_name: 'Зоя Петровна' }, zoya)).toEqual(['SIMILAR_NAME by displayName']);
  });
});

describe('what the rules of the connector say', () => {
  const keyed = (...correlation_keys: (string | null)[]) => ({ correlation_keys });

  it('is sure where they name one, though others have more in common with the account', () => {
    const [ruled, twin] = [owner('Somebody', { identity_id: 'E1' }), owner('Ada Amir', { email: 'ada@example.com' })];
    const of = { ...keyed('e1', 'ada@example.com'), email: 'ada@example.com', display_name: 'Ada Amir' };
    expect(judged(of, [twin, ruled])).toMatchObject([
      {
        owner: { id: ruled.id },
        score: 100,
        rule: true,
        ambiguous: false,
        evidence: [{ kind: 'IDENTITY_ID', accountField: 'identityId', accountValue: 'e1', rule: true }],
      },
      { owner: { id: twin.id }, rule: false, ambiguous: false },
    ]);
    expect(judged(of, [twin, ruled])[1]!.evidence.some(({ rule }) => rule)).toBe(false);
  });

  it('is ambiguous where one names two, even if a later one would name one', () => {
    const owners = [owner('One', { identity_id: 'E1' }), owner('Two', { identity_id: 'e1', email: 'two@example.com' })];
    const found = judged({ ...keyed('e1', 'two@example.com'), email: 'two@example.com' }, owners);
    expect(found.map(({ rule, ambiguous }) => [rule, ambiguous])).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(found[0]!.owner.name).toBe('Two');
    expect(found.every(({ score }) => score < 100)).toBe(true);
  });

  it('takes the alternative address for an address', () => {
    const both = owner('Whoever', { alt_email: 'both@example.com' });
    const [found] = judged({ ...keyed(null, 'both@example.com'), email: 'both@example.com' }, [both]);
    expect(found).toMatchObject({ score: 100, rule: true, evidence: [{ kind: 'ALTERNATIVE_EMAIL', rule: true }] });
  });

  it('is what they say of the row that was read, whatever the account is called since', () => {
    const [old, now] = [owner('Old', { email: 'old@example.com' }), owner('Now', { email: 'now@example.com' })];
    const found = judged({ ...keyed(null, 'old@example.com'), email: 'now@example.com' }, [old, now]);
    expect(found.map(({ owner: { name }, rule }) => [name, rule])).toEqual([['Old', true]].concat([['Now', false]]));
  });

  it('is nothing where the connector says itself who people are', () => {
    const authoritative = connector([byId], { authoritative: true, ownerMapping: { displayName: 'name' } });
    const found = judged(keyed('e1'), [owner('One', { identity_id: 'E1' })], authoritative);
    expect(found).toMatchObject([{ rule: false, ambiguous: false, score: 95 }]);
  });

  it('is nothing without rules, and without a configuration worth the name', () => {
    const bare = { config: {} as never, applied_rules: null };
    expect(judged({ ...keyed(), native_identity: 'E1' }, [owner('One', { identity_id: 'E1' })], bare)).toMatchObject([
      { rule: false, score: 95 },
    ]);
  });
});

describe('the order of candidates', () => {
  it('is by score, then by id', () => {
    const [weak, second, first] = [owner('Ada Amiri'), owner('Ada Amir'), owner('Ada Amir')];
    const found = judged({ display_name: 'Ada Amir' }, [weak, first, second]);
    expect(found.map((one) => one.owner.id)).toEqual([second.id, first.id, weak.id]);
  });
});

describe('the clues of an account', () => {
  const cluesOf = (of: Partial<ComparedAccount>) => new AccountClues(account(of), connector()).clues;

  it('are its values, folded, each once', () => {
    const of = { name: 'Ada@Example.com', email: 'ada@example.com', correlation_keys: ['e1', 'ada@example.com'] };
    expect(cluesOf(of)).toEqual({
      identities: ['e1', 'ada@example.com', 'x-4711'],
      addresses: ['ada@example.com'],
      boxes: ['x-4711', 'ada'],
      names: ['ada'],
      alike: [],
    });
  });

  it('hold no text that is too long to be anybody’s, and of very many attributes some', () => {
    const attributes = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a${i}`, `value ${i}`]));
    const { identities } = cluesOf({ attributes: { notes: 'n'.repeat(300), ...attributes } });
    expect(identities).toHaveLength(1 + 49);
    expect(Math.max(...identities.map(({ length }) => length))).toBeLessThan(20);
  });

  it('look for likeness only where the database can: to names of several words with letters it knows', () => {
    expect(cluesOf({ display_name: 'Ada Amir' }).alike).toEqual(['ada amir']);
    for (const display_name of ['Ada', 'Зоя Петрова', '李 小龙', '% %', 'a b', '']) {
      expect(cluesOf({ display_name }).alike).toEqual([]);
    }
  });

  it('survive attributes of any kind', () => {
    const attributes = { list: ['E1'], number: 7, none: null, nested: { a: 1 }, ['__proto__x']: 'E2', text: 'E3' };
    expect(cluesOf({ attributes }).identities).toEqual(expect.arrayContaining(['["e1"]', '7', 'e3']));
  });
});
