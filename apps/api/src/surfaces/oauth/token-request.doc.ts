import { applyDecorators } from '@nestjs/common';
import { ApiBasicAuth, ApiBody, ApiConsumes, ApiQuery, ApiSecurity, ApiUnauthorizedResponse } from '@nestjs/swagger';

const text = { type: 'string' };

const fields = {
  grant_type: { ...text, enum: ['client_credentials'] },
  client_id: text,
  client_secret: { ...text, format: 'password' },
  client_assertion_type: { ...text, example: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
  client_assertion: { ...text, description: 'EdDSA, by the key that is the client’s secret.' },
  scope: { ...text, example: 'sp:scopes:all' },
};

/** What a token door reads, for the published document. A field may be in the query where the door reads that, so the form need not have it. */
export function TokenRequest(place: 'in the form' | 'in the query too'): MethodDecorator {
  const inQuery = place === 'in the query too';
  const parameters = Object.entries(fields).map(([name, schema]) => ApiQuery({ name, required: false, schema }));
  return applyDecorators(
    ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data'),
    ApiBody({
      required: !inQuery,
      schema: { type: 'object', properties: fields, ...(!inQuery && { required: ['grant_type'] }) },
    }),
    ...(inQuery ? parameters : []),
    ApiSecurity({}),
    ApiBasicAuth('client'),
    ApiUnauthorizedResponse({
      description: 'invalid_client: one answer for whatever is wrong with the client or its proof.',
      example: {
        error: 'invalid_client',
        error_description: 'The client is unknown, or its credentials are not valid.',
      },
    }),
  );
}
