import { Migration } from '@mikro-orm/migrations';

/** One row of figures an owner: every metric counts the owner's accounts that trip the rule of that name. */
export class Insights extends Migration {
  override up(): void {
    this.addSql(`
      create table owner_statistics (
        organization_id uuid not null,
        owner_id uuid not null,
        total_accounts integer not null,
        active_accounts integer not null,
        disabled_accounts integer not null,
        breached_accounts integer not null,
        accounts_without_mfa integer not null,
        privileged_accounts_not_vaulted integer not null,
        shared_accounts integer not null,
        inactive_owners_enabled_accounts integer not null,
        not_used_90 integer not null,
        not_used_180 integer not null,
        not_used_365 integer not null,
        failed_logins_in_hour integer not null,
        accounts_with_password_never integer not null,
        accounts_with_password_90 integer not null,
        accounts_with_password_180 integer not null,
        accounts_with_password_365 integer not null,
        all_privileged_groups integer not null,
        highly_privileged_groups integer not null,
        highly_privileged_roles integer not null,
        accounts_no_owner integer not null,
        account_group_deviation integer not null,
        total_threat smallint not null,
        risk_level text not null
          constraint owner_statistics_risk_level_is_known check (risk_level in ('low', 'medium', 'high', 'critical')),
        risk_model_version integer not null,
        next_change_at timestamptz(3),
        calculated_at timestamptz(3) not null,
        primary key (organization_id, owner_id),
        constraint owner_statistics_owner_exists foreign key (organization_id, owner_id)
          references owner (organization_id, id) on delete cascade
      )`);
    this.addSql(
      `create index owner_statistics_by_threat on owner_statistics (organization_id, total_threat desc, owner_id)`,
    );
    this.addSql(
      `create index owner_statistics_due on owner_statistics (next_change_at) where next_change_at is not null`,
    );
  }

  override down(): void {
    this.addSql(`drop table owner_statistics`);
  }
}
