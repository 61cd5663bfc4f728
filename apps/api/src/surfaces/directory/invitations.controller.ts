import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiGoneResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal, type Principal, Public, Requires } from '@app/access';
import { invitationOver, InvitationAcceptance, type Invited, Invitations } from '@app/auth';
import { InvalidError } from '@app/kernel';
import { LimitedDoor } from '../../http/limits/door-limit.js';
import { locationHeader } from '../../http/location-header.js';
import { IdParam } from '../../http/validation/id-param.js';
import { validated } from '../../http/validation/validated.js';
import { AcceptBody, AvailableBody, InvitationBody, InviteAgainBody } from './invitations.bodies.js';
import { presentUser, wholeUserSchema } from './present-user.js';
import { exampleOfRefusal } from './refusal-example.js';
import { originOf } from './sign-in-origin.js';

const invitedSchema = {
  ...wholeUserSchema,
  required: [...wholeUserSchema.required, 'token'],
  properties: { ...wholeUserSchema.properties, token: { type: 'string', description: 'Good once, shown this once.' } },
};

const over = invitationOver();
const gone = { description: over.message, example: exampleOfRefusal(over) };

const names = { token: 'n3Zk8Qw1yT5rLx0vB7mCsJ2hFpDg6aUe', userName: 'ada.park', displayName: 'Ada Park' };
const acceptExamples = {
  password: { value: { ...names, password: 'orbit velvet quarry mango plinth' } },
  provider: { value: { ...names, jwtSubject: 'ada.park', provider: 'okta' } },
};

@ApiTags('directory')
@Controller('api/v1/directory')
export class InvitationsController {
  constructor(
    private readonly invitations: Invitations,
    private readonly acceptance: InvitationAcceptance,
  ) {}

  @Post('invitations')
  @HttpCode(201)
  @Requires('users:invite')
  @ApiOperation({
    summary: 'Invite somebody',
    description: 'Makes a user who signs in once the invitation is accepted.',
  })
  @ApiBody({ type: InvitationBody })
  @ApiCreatedResponse({ schema: invitedSchema, headers: locationHeader })
  async invite(
    @CurrentPrincipal() caller: Principal,
    @Body(validated(InvitationBody)) body: InvitationBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const invited = await this.invitations.invite(caller, body);
    reply.header('location', `/api/v1/directory/users/${invited.user.id}`);
    return presentInvited(invited);
  }

  @Post('users/:userId/invitation')
  @HttpCode(200)
  @Requires('users:invite')
  @ApiOperation({ summary: 'Invite a user again', description: 'The token before is worth nothing from then on.' })
  @ApiBody({ type: InviteAgainBody, required: false })
  @ApiOkResponse({ schema: invitedSchema })
  async inviteAgain(
    @CurrentPrincipal() caller: Principal,
    @Param('userId', new IdParam('user')) userId: string,
    @Body(validated(InviteAgainBody, { optional: true })) body: InviteAgainBody | undefined,
  ) {
    return presentInvited(await this.invitations.inviteAgain(caller, userId, body?.expiresInSeconds));
  }

  @Post('invitations/accept')
  @HttpCode(200)
  @Public()
  @LimitedDoor('invitation')
  @ApiOperation({ summary: 'Accept an invitation by choosing names, and a password or another provider' })
  @ApiBody({ type: AcceptBody, examples: acceptExamples })
  @ApiOkResponse({ description: 'No body.' })
  @ApiGoneResponse(gone)
  @ApiConflictResponse({ description: 'The name is taken, or somebody else is known by the subject.' })
  async accept(@Body(validated(AcceptBody)) body: AcceptBody, @Req() request: FastifyRequest): Promise<void> {
    const { token, userName, displayName } = body;
    await this.acceptance.accept({ token, userName, displayName, ...chosenIn(body) }, originOf(request));
  }

  @Post('invitations/user-name-available')
  @HttpCode(200)
  @Public()
  @LimitedDoor('invitation')
  @ApiOperation({ summary: 'Whether whoever is invited may have this user name' })
  @ApiBody({ type: AvailableBody })
  @ApiOkResponse({
    schema: { type: 'object', required: ['available'], properties: { available: { type: 'boolean' } } },
  })
  @ApiGoneResponse(gone)
  async isAvailable(@Body(validated(AvailableBody)) { token, userName }: AvailableBody) {
    return { available: await this.acceptance.isUserNameFree(token, userName) };
  }
}

function presentInvited({ user, token }: Invited) {
  return { ...presentUser(user), token };
}

function chosenIn({ password, jwtSubject, provider }: AcceptBody) {
  if ((password === undefined) === (jwtSubject === undefined)) {
    throw InvalidError.field('password', 'Either password or jwtSubject is required, and not both.');
  }
  if (jwtSubject !== undefined) return { subject: jwtSubject, provider };
  if (provider !== undefined) throw InvalidError.field('provider', 'provider goes with jwtSubject only.');
  return { password: password ?? '' };
}
