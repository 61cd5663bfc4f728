import { fold, ForbiddenError, InvalidError, isId, NotFoundError } from '@app/kernel';
import type { PrincipalType } from './memberships.js';

/** Names a principal by id, or by name and type; what is given must agree. */
export interface MembershipOperation {
  readonly op: 'add' | 'remove';
  readonly id?: string | undefined;
  readonly principalType?: PrincipalType | undefined;
  readonly name?: string | undefined;
}

/** A principal that an operation may mean. */
export interface Candidate {
  readonly id: string;
  readonly type: PrincipalType;
  readonly name: string;
  readonly name_key: string;
  readonly system: boolean;
}

export function idsIn(operations: readonly MembershipOperation[]): string[] {
  return operations.flatMap(({ id }) => (id !== undefined && isId(id) ? [id.toLowerCase()] : []));
}

export function namesIn(operations: readonly MembershipOperation[]): string[] {
  return operations.flatMap(({ name }) => (name === undefined ? [] : [keyOf(name)]));
}

/** What operations name, found at once however many there are. */
export class NamedPrincipals {
  private readonly byId: ReadonlyMap<string, readonly Candidate[]>;
  private readonly byKey: ReadonlyMap<string, readonly Candidate[]>;

  constructor(found: readonly Candidate[]) {
    this.byId = Map.groupBy(found, ({ id }) => id);
    this.byKey = Map.groupBy(found, ({ name_key }) => name_key);
  }

  /** The one principal an operation means. */
  meantBy({ id, name, principalType }: MembershipOperation, at: number): Candidate {
    const key = name === undefined ? undefined : keyOf(name);
    const named = this.called(id, key, at);
    const meant = named.filter(
      (one) =>
        (key === undefined || one.name_key === key) && (principalType === undefined || one.type === principalType),
    );
    if (id !== undefined && named.length > 0 && meant.length === 0) {
      throw InvalidError.field(`${at}`, `Operation ${at}: id, name and principalType do not agree.`);
    }
    if (meant.length > 1) {
      const both = `Operation ${at}: a user and a group have this name; say principalType.`;
      throw InvalidError.field(`${at}.principalType`, both);
    }
    const [principal] = meant;
    if (!principal) throw new NotFoundError('principal');
    if (principal.system) throw new ForbiddenError('A system user cannot be changed.');
    return principal;
  }

  private called(id: string | undefined, key: string | undefined, at: number): readonly Candidate[] {
    if (id !== undefined) return this.byId.get(id.toLowerCase()) ?? [];
    if (key !== undefined) return this.byKey.get(key) ?? [];
    throw InvalidError.field(`${at}`, `Operation ${at} must name a principal by id or by name.`);
  }
}

function keyOf(name: string): string {
  return fold(name.trim());
}
