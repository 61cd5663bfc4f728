/** The one list of the product's entities, for tests of libs below that may not know the server. */
export { entities as productEntities } from '../../apps/api/src/app.module.js';
export { Application, Connector } from '@app/connectors';
export { Organization } from '@app/organizations';
