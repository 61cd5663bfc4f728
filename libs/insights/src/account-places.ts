/** Where an account `a` is, as reports tell it. */
export interface AccountPlace {
  readonly application_id: string;
  readonly application: string;
  readonly connector_id: string;
  readonly connector: string;
  readonly account_id: string;
  readonly account_name: string;
  readonly native_identity: string;
}

export const placeColumns = `p.id as application_id, p.name as application, c.id as connector_id, c.name as connector,
  a.id as account_id, a.name as account_name, a.native_identity`;

export const placeJoins = `join connector c on c.organization_id = $1 and c.id = a.connector_id
  join application p on p.organization_id = $1 and p.id = c.application_id`;
