import { Injectable } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { compose, hasUnseen, InvalidError, NotFoundError } from '@app/kernel';
import { type Look, statement, type Transaction } from '@app/persistence';
import type { AccountType } from './managed-rows.js';

interface OrganizationCategory {
  readonly id: string;
  readonly name: string;
  readonly place: number;
}

export interface OrganizationAccountRow {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly account_type: AccountType;
  readonly quality: Readonly<Record<string, unknown>>;
  readonly created_at: string;
  readonly categories: readonly OrganizationCategory[];
}

const account = statement<OrganizationAccountRow>(
  'organization.account',
  `select o.id, o.name, o.slug, o.account_type, o.quality, o.created_at,
          coalesce((
            select jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'place', c.place) order by c.place)
              from organization_category c where c.organization_id = $1), '[]') as categories
     from organization o where o.id = $1`,
);
/** Others may point at it meanwhile, as whoever signs in does. */
const hold = statement<{ name: string; account_owner_user_id: string | null }>(
  undefined,
  `select name, account_owner_user_id from organization where id = $1 for no key update`,
);
const rename = statement<never>(undefined, `update organization set name = $2, updated_at = now() where id = $1`);

/** An organization whose account is changed: nobody else changes it until the transaction ends. */
export interface HeldOrganization {
  readonly name: string;
  readonly accountOwnerId: string | null;
}

const longestName = 128;

/** NFC, without blanks around it, 1 to 128 characters, nothing unseen. */
export function parseOrganizationName(field: string, sent: string): string {
  const name = compose(sent).trim();
  if (name.length > 0 && name.length <= longestName && !hasUnseen(name)) return name;
  throw InvalidError.field(
    field,
    `${field} must have 1 to ${longestName} characters, all of them seen, and no blanks but single spaces.`,
  );
}

/** The organization itself, as an account that somebody runs. */
@Injectable()
export class OrganizationAccounts {
  constructor(private readonly audit: AuditTrail) {}

  async get(look: Look): Promise<OrganizationAccountRow> {
    const [row] = await look(account, []);
    if (!row) throw new NotFoundError('organization');
    return row;
  }

  async hold(tx: Transaction): Promise<HeldOrganization> {
    const [row] = await tx.query(hold);
    if (!row) throw new NotFoundError('organization');
    return { name: row.name, accountOwnerId: row.account_owner_user_id };
  }

  async rename(tx: Transaction, { name: before }: HeldOrganization, name: string): Promise<void> {
    if (name === before) return;
    await tx.execute(rename, [name]);
    await this.audit.record(tx, {
      action: 'organization.updated',
      subjectType: 'organization',
      subjectId: tx.organizationId,
      before: { name: before },
      after: { name },
    });
  }
}
