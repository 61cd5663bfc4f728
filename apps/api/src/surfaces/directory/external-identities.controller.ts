import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBody, ApiConflictResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type Principal, Requires } from '@app/access';
import { ExternalIdentities, type ExternalIdentity, subjectPattern } from '@app/auth';
import { ListOf } from '../../http/validation/body-fields.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';

const longestName = 32;

class ExternalIdentityBody {
  @ApiProperty({ description: 'A provider of the configuration.', maxLength: longestName })
  provider!: string;

  @ApiProperty({ description: 'Who the user is there (sub).', maxLength: 255 })
  subject!: string;
}

class ExternalIdentitiesBody {
  @ApiProperty({ type: [ExternalIdentityBody], maxItems: 20 })
  @ListOf({
    atMost: 20,
    holds: isIdentity,
    each: 'must have a provider, a subject of 1 to 255 printable ASCII characters, and nothing else.',
  })
  externalIdentities!: ExternalIdentityBody[];
}

function isIdentity(entry: unknown): entry is ExternalIdentityBody {
  if (typeof entry !== 'object' || entry === null) return false;
  const { provider, subject, ...others } = entry as Readonly<Record<string, unknown>>;
  return (
    typeof provider === 'string' &&
    provider.length <= longestName &&
    typeof subject === 'string' &&
    subjectPattern.test(subject) &&
    Object.keys(others).length === 0
  );
}

const instant = { type: 'string', format: 'date-time' };

const identitiesSchema = {
  type: 'object',
  required: ['externalIdentities'],
  properties: {
    externalIdentities: {
      type: 'array',
      items: {
        type: 'object',
        required: ['issuer', 'subject', 'createdAt'],
        properties: {
          provider: { type: 'string', description: 'Absent: none of this issuer is configured any more.' },
          issuer: { type: 'string', format: 'uri' },
          subject: { type: 'string' },
          createdAt: instant,
          lastUsedAt: { ...instant, description: 'The last sign-in by it.' },
        },
      },
    },
  },
};

/** Who users are at the OpenID Connect providers they sign in at. */
@ApiTags('directory')
@Controller('api/v1/directory/users/:userId/external-identities')
export class ExternalIdentitiesController {
  constructor(private readonly identities: ExternalIdentities) {}

  @Get()
  @Requires('users:read')
  @ApiOperation({ summary: 'Who a user is at other providers' })
  @ApiOkResponse({ schema: identitiesSchema })
  async list(@CurrentPrincipal() caller: Principal, @Param('userId', new IdParam('user')) userId: string) {
    return presentIdentities(await this.identities.list(caller, userId));
  }

  @Put()
  @Requires('users:identify')
  @ApiOperation({
    summary: 'Say who a user is at other providers',
    description: 'These and no others. The user’s sessions end when one is taken away.',
  })
  @ApiBody({ type: ExternalIdentitiesBody })
  @ApiOkResponse({ schema: identitiesSchema })
  @ApiConflictResponse({ description: 'Somebody else is known by one of them, or the user is invited only.' })
  async replace(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
    @Body(validated(ExternalIdentitiesBody)) { externalIdentities }: ExternalIdentitiesBody,
  ) {
    return presentIdentities(await this.identities.replace(caller, userId, externalIdentities));
  }
}

function presentIdentities(identities: readonly ExternalIdentity[]) {
  return {
    externalIdentities: identities.map(({ provider, issuer, subject, created_at, last_used_at }) => ({
      ...(provider !== undefined && { provider }),
      issuer,
      subject,
      createdAt: created_at,
      ...(last_used_at !== null && { lastUsedAt: last_used_at }),
    })),
  };
}
