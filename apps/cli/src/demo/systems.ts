import type { Api } from './api.js';
import { type Missing, missingAfter, newestOf, type Run } from './runs.js';
import type { SampleCompany, SampleSystem } from './sample-company.js';

/** A system of the sample company as the server knows it. */
export interface System {
  readonly name: string;
  readonly connectorId: string;
  /** Of its connector, below which files and runs are. */
  readonly path: string;
  readonly sample: SampleSystem;
  readonly missing: Missing;
}

interface App {
  readonly id: string;
  readonly displayName: string;
}

interface ConnectorView {
  readonly connector: { readonly id: string; readonly displayName: string };
}

/** Finds applications and connectors by name, makes those that are not there yet, and looks how far each has come. */
export async function systemsOf(company: SampleCompany, api: Api): Promise<System[]> {
  const apps = await api.list<App>('/api/v1/apps');
  const systems: System[] = [];
  for (const sample of company.systems) {
    const app = apps.find(({ displayName }) => displayName === sample.application.displayName);
    systems.push(await systemOf(sample, app ?? (await createApp(sample, api)), api));
  }
  return systems;
}

export async function newestRun({ path }: Pick<System, 'path'>, api: Api): Promise<Run | undefined> {
  return newestOf((await api.get<{ list: Run[] }>(`${path}/runs?page_size=25`)).list);
}

/** Uploads the file the next run reads; tells how many rows it has. */
export async function uploadFile({ path, sample }: System, company: SampleCompany, api: Api): Promise<number> {
  const { file } = await api.upload<{ file: { rows: number } }>(`${path}/files`, sample.file, company.fileOf(sample));
  return file.rows;
}

async function systemOf(sample: SampleSystem, app: App, api: Api): Promise<System> {
  const connectors = `/api/v1/apps/${app.id}/connectors`;
  const known = (await api.list<ConnectorView>(connectors)).map(({ connector }) => connector);
  const { id } =
    known.find(({ displayName }) => displayName === sample.connector.displayName) ??
    (await api.post<{ connectorView: ConnectorView }>(`${connectors}/create`, sample.connector)).connectorView
      .connector;
  const path = `${connectors}/${id}`;
  const missing = missingAfter(await newestRun({ path }, api));
  return { name: app.displayName, connectorId: id, path, sample, missing };
}

async function createApp({ application }: SampleSystem, api: Api): Promise<App> {
  return (await api.post<{ app: App }>('/api/v1/apps', application)).app;
}
