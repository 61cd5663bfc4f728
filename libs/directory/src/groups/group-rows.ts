export interface GroupRow {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly external_id: string | null;
  readonly system: boolean;
  readonly name: string;
}

export const groupColumns = 'g.id, g.created_at, g.updated_at, g.external_id, g.system, g.name';
