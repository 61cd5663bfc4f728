import { Migration } from '@mikro-orm/migrations';
import { searchKeysOf } from '@app/kernel';

const atOnce = 5_000;

interface Texts {
  readonly organization_id: string;
  readonly id: string;
  readonly location: string | null;
  readonly employment_type: string | null;
  readonly phone: string | null;
  readonly mobile_phone: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Every text of an owner is compared without case, metadata too; parts of titles and departments are found by an index. */
export class OwnerSearch extends Migration {
  override async up(): Promise<void> {
    await this.execute(`alter table owner add column search_keys jsonb not null default '{}'`);
    await this.foldStored();
    for (const column of ['department_key', 'title_key']) {
      this.addSql(`create index owner_${column}_substrings on owner using gin (${column} gin_trgm_ops)`);
    }
  }

  override down(): void {
    for (const column of ['department_key', 'title_key']) this.addSql(`drop index owner_${column}_substrings`);
    this.addSql(`alter table owner drop column search_keys`);
  }

  /** The one function that folds is not the database's. */
  private async foldStored(): Promise<void> {
    for (let after = ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000']; ;) {
      const rows = (await this.execute(
        `select organization_id, id, location, employment_type, phone, mobile_phone, metadata from owner
          where (organization_id, id) > (?::uuid, ?::uuid)
            and (coalesce(location, employment_type, phone, mobile_phone) is not null or metadata <> '{}')
          order by organization_id, id limit ${atOnce}`,
        after,
      )) as unknown as Texts[];
      const last = rows.at(-1);
      if (!last) return;
      const folded = rows.map(({ organization_id, id, ...texts }) => ({ organization_id, id, keys: keysOf(texts) }));
      await this.execute(
        `update owner o set search_keys = jsonb_strip_nulls(f.keys)
           from jsonb_to_recordset(?::jsonb) as f (organization_id uuid, id uuid, keys jsonb)
          where o.organization_id = f.organization_id and o.id = f.id`,
        [JSON.stringify(folded)],
      );
      after = [last.organization_id, last.id];
    }
  }
}

function keysOf({ employment_type, mobile_phone, ...texts }: Omit<Texts, 'organization_id' | 'id'>) {
  return searchKeysOf({ ...texts, employmentType: employment_type, mobilePhone: mobile_phone });
}
