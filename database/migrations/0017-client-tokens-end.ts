import { Migration } from '@mikro-orm/migrations';

const signInsEnd = (besides: string) => `
  create or replace function end_sign_ins_of_user() returns trigger language plpgsql set search_path = public, pg_temp as $$
  begin
    ${besides}
    new.credential_version := old.credential_version + 1;
    return new;
  end $$`;

/** Tokens of OAuth clients end for good when their user is switched off or deleted, as those of his sign-ins do. */
export class ClientTokensEnd extends Migration {
  override up(): void {
    // The user first, then his clients: nobody takes them the other way round.
    this.addSql(
      signInsEnd(`update oauth_client set secret_version = secret_version + 1
      where organization_id = new.organization_id and user_id = new.id;`),
    );
    this.addSql(`
      update oauth_client c set secret_version = secret_version + 1
        from app_user u where u.organization_id = c.organization_id and u.id = c.user_id and not u.active`);
    this.addSql(`
      with gone as (
        delete from oauth_client c using app_user u
         where u.organization_id = c.organization_id and u.id = c.user_id and u.deleted_at is not null
        returning c.organization_id, c.id, c.client_id, c.name, c.roles, c.user_id)
      insert into audit_event (organization_id, action, actor_type, actor_name, subject_type, subject_id, before)
      select organization_id, 'client.deleted', 'system', 'migration', 'client', id,
             jsonb_build_object('clientId', client_id, 'name', name, 'roles', roles, 'userId', user_id) from gone`);
  }

  override down(): void {
    this.addSql(signInsEnd(''));
  }
}
