import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { ForbiddenError, type UsageLimits, type UsageRates } from '@app/kernel';
import type { AccountType } from '@app/organizations';
import { Database, statement } from '@app/persistence';
import { type Usage, usageOf } from './usage-figures.js';

/** What of the configuration says how usage is counted. */
export interface UsageSettings {
  readonly usageRates: UsageRates;
  readonly usageLimits: UsageLimits;
}

export const usageSettings = Symbol('UsageSettings');

interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly account_type: AccountType;
  readonly managed: boolean;
  /** With all its decimals. */
  readonly source_limit: string | null;
  readonly sms_limit: number | null;
  readonly files: number;
  readonly small: number;
  readonly medium: number;
  readonly large: number;
}

/** Accounts are counted of connectors whose size matters, and those that are live. */
const counted = statement<AccountRow>(
  'organization.usage',
  `select o.id, o.name, o.account_type, o.parent_id is not null as managed, o.source_limit, o.sms_limit,
          count(*) filter (where c.kind = 'delimited-file') as files,
          count(*) filter (where size.accounts < 1000) as small,
          count(*) filter (where size.accounts >= 1000 and size.accounts < 50000) as medium,
          count(*) filter (where size.accounts >= 50000) as large
     from organization o
     left join connector c on c.organization_id = o.id and c.deleted_at is null
     left join lateral (
       select coalesce(sum(t.delta), 0) as accounts from account_tally t
        where t.organization_id = o.id and t.connector_id = c.id) size on c.kind <> 'delimited-file'
    where o.id = $1 or o.parent_id = $1
    group by o.id
    order by o.id = $1 desc, o.created_at, o.id`,
);

/** What the organization and those it manages use. */
@Injectable()
export class UsageService {
  constructor(
    private readonly database: Database,
    @Inject(usageSettings) private readonly settings: UsageSettings,
  ) {}

  /** Whoever is managed is counted with his manager, and told there alone. */
  async get(caller: Caller): Promise<Usage> {
    const rows = await this.database.query(caller, counted);
    const own = rows[0];
    if (!own || own.managed) throw new ForbiddenError('A managed account is not told of usage: its manager is.');
    const { usageRates, usageLimits } = this.settings;
    const limits = { source: Number(own.source_limit ?? usageLimits.source), sms: own.sms_limit ?? usageLimits.sms };
    return usageOf(rows.map(countedAccount), usageRates, limits);
  }
}

/** No text messages are sent, so there are none to count. */
function countedAccount({ id, name, account_type: accountType, files, small, medium, large }: AccountRow) {
  return { id, name, accountType, counts: { attachmentsource: files, small, medium, large, sms: 0 } };
}
