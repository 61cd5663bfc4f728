import { type AuditEventRow, auditSubjectTypes } from '@app/audit';

/** What is not there is left out, but for the ids that only a person's or a request's event has: they are null. */
export function presentAuditEvent(row: AuditEventRow) {
  return {
    id: row.id,
    at: row.at,
    action: row.action,
    actor: { type: row.actor_type, id: row.actor_id, name: row.actor_name },
    ...(row.on_behalf_of_id !== null && { onBehalfOf: { id: row.on_behalf_of_id, name: row.on_behalf_of_name } }),
    subject: { type: row.subject_type, id: row.subject_id },
    ...(row.before !== null && { before: row.before }),
    ...(row.after !== null && { after: row.after }),
    requestId: row.request_id,
  };
}

const id = { type: 'string', format: 'uuid' };
const text = { type: 'string' };
const values = { type: 'object', additionalProperties: true };

export const auditEventListSchema = {
  type: 'object',
  required: ['totalCount', 'data'],
  properties: {
    totalCount: { type: 'integer', description: 'Exact up to 100,000, where counting ends.' },
    data: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'at', 'action', 'actor', 'subject', 'requestId'],
        properties: {
          id,
          at: { type: 'string', format: 'date-time' },
          action: { type: 'string', example: 'role.granted' },
          actor: {
            type: 'object',
            required: ['type', 'id', 'name'],
            properties: {
              type: { type: 'string', enum: ['user', 'client', 'key', 'sync', 'system'] },
              id: { ...id, nullable: true },
              name: text,
            },
          },
          onBehalfOf: { type: 'object', required: ['id', 'name'], properties: { id, name: text } },
          subject: {
            type: 'object',
            required: ['type', 'id'],
            properties: { type: { type: 'string', enum: [...auditSubjectTypes] }, id },
          },
          before: values,
          after: values,
          requestId: { ...text, nullable: true },
        },
      },
    },
  },
};
